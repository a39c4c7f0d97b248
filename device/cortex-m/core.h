/*
 * Registers that every Cortex-M has (ARMv7-M Architecture Reference Manual, B3), functions that
 * the files of this folder share, and functions that a board with a Cortex-M writes itself.
 */
#ifndef CORE_H
#define CORE_H

#include <stdbool.h>
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define SYSTICK_CONTROL REGISTER(0xe000e010)
#define SYSTICK_RELOAD REGISTER(0xe000e014)
#define SYSTICK_VALUE REGISTER(0xe000e018)
#define NVIC_ENABLE REGISTER(0xe000e100)
#define AIRCR REGISTER(0xe000ed0c)

static inline void interrupts_off(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void interrupts_on(void) { __asm volatile("cpsie i" ::: "memory"); }
/* Returns PRIMASK: 1 if interrupts are off, 0 if they are on. */
static inline uint32_t interrupts_were_off(void) {
  uint32_t masked;
  __asm volatile("mrs %0, primask" : "=r"(masked));
  return masked;
}
static inline void compiler_barrier(void) { __asm volatile("" ::: "memory"); }
static inline void wait_for_interrupt(void) { __asm volatile("wfi" ::: "memory"); }

/* Reads what a reset left in memory. Call it first, once .bss is cleared. */
void reset_start(void);
/* Starts SysTick, with an interrupt each millisecond (B3.3). */
void time_start(void);

/* The time of day. reset.c carries it through a reset; it is lost with the power. */
struct clock {
  bool is_set;
  /* Milliseconds since 1970-01-01 UTC when board_milliseconds was 0 last. */
  int64_t start;
};
extern struct clock wall_clock;

/* Puts a received byte into the receive ring; drops it if the ring is full. */
void line_take(uint8_t byte);
/* Returns true if board_uart_read has a byte. */
bool line_has_received(void);
/* Returns true if board_uart_write would take a byte. */
bool line_has_room(void);

/* Sends what waits on the console, as far as its UART takes it. SysTick calls it. */
void console_send(void);
/* Sends all that waits, before a reset. Interrupts are off. */
void console_finish(void);
/* Returns true if board_panel_read has a byte. */
bool console_has_received(void);

void Uart_Handler(void);
void Console_Handler(void);
void SysTick_Handler(void);

/* What the processor pushes onto the stack when an exception begins (B1.5.6). */
struct exception_frame {
  uint32_t r0, r1, r2, r3, r12, lr;
  const void *pc;
  uint32_t xpsr;
};

/* Each board writes the functions below. Those of UART and console must not wait. */

/* Starts clocks and the watchdog. Interrupts are off. */
void chip_start(void);

/* Starts the UART and its interrupts, which call Uart_Handler. */
void uart_start(void);
/* Reads a received byte. Returns false if there is none. */
bool uart_receive(uint8_t *byte);
/* Returns false if there is no room for the byte. */
bool uart_send(uint8_t byte);
/* Switches interrupts: `received`, a byte was received; `room`, there is room to send. */
void uart_want(bool received, bool room);
/* Returns true if the last byte is on the line. */
bool uart_is_idle(void);

/*
 * Starts the console, a second UART. An interrupt for each received byte calls Console_Handler;
 * sending needs none.
 */
void console_start(void);
/* Reads a received byte. Returns false if there is none. */
bool console_get(uint8_t *byte);
/* Returns false if there is no room for the byte. */
bool console_put(uint8_t byte);

/* Called each millisecond by SysTick's interrupt; `at` is the instruction that it interrupted. */
void board_tick(const void *at);

#endif
