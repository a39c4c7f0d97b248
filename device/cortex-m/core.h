/* What every Cortex-M has (ARMv7-M Architecture Reference Manual, B3), and what the parts here give one another. */
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
static inline uint32_t interrupts_were_off(void) {
  uint32_t masked;
  __asm volatile("mrs %0, primask" : "=r"(masked));
  return masked;
}
static inline void wait_for_interrupt(void) { __asm volatile("wfi" ::: "memory"); }

/* Takes over what a reset left, if one did. */
void reset_start(void);
/* Starts SysTick, which comes each millisecond. */
void time_start(void);

/* Survives a reset, not the power: reset.c keeps it. */
struct clock {
  bool is_set;
  /* Of the moment at which board_milliseconds was 0 last. */
  int64_t start;
};
extern struct clock wall_clock;

/* A byte that was received; lost where there are too many. */
void line_take(uint8_t byte);
bool line_has_received(void);
bool line_has_room(void);

/* Sends what waits on the console, as far as its UART takes it. */
void console_send(void);

void Uart_Handler(void);
void SysTick_Handler(void);

/* What an exception lays on the stack (B1.5.6). */
struct exception_frame {
  uint32_t r0, r1, r2, r3, r12, lr;
  const void *pc;
  uint32_t xpsr;
};

/* Each board's own. Clocks, a watchdog; interrupts are off. */
void chip_start(void);
void uart_start(void);
/* False where nothing was received. */
bool uart_receive(uint8_t *byte);
/* False where there is no room. */
bool uart_send(uint8_t byte);
/* Whether an interrupt is to come when a byte was received, and when there is room to send. */
void uart_want(bool received, bool room);
/* Everything is on the line. */
bool uart_is_idle(void);
void console_start(void);
/* False if the console's UART has no room. */
bool console_put(uint8_t byte);
/* Called each millisecond, in the interrupt; the processor is at `at` without it. */
void board_tick(const void *at);

#endif
