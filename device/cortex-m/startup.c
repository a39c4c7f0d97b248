/* The vector table, what runs between a reset and main, and the handlers of faults. */
#include <stdint.h>
#include <string.h>

#include "board.h"
#include "chip.h"
#include "core.h"

extern uint32_t stack_bottom, stack_top, data_source, data_start, data_end, bss_start, bss_end;
int main(int argc, char **argv);

/* Fills the unused stack, so that tools/board/stack.mjs can find how much of it was ever used. */
#define UNUSED 0xa5a5a5a5u

void Reset_Handler(void) {
  uint32_t *here = __builtin_frame_address(0);
  for (uint32_t *word = &stack_bottom; word < here - 16; word++) *word = UNUSED;
  memcpy(&data_start, &data_source, (uintptr_t)&data_end - (uintptr_t)&data_start);
  memset(&bss_start, 0, (uintptr_t)&bss_end - (uintptr_t)&bss_start);
  main(0, 0);
  board_reset(RESET_CAUSE_TRAP, Reset_Handler);
}

/*
 * Fault handlers run on the lowest bytes of the stack, since the stack pointer of the code that
 * failed may be outside of memory. Then there is no exception frame either, and no address.
 */
#define FAULT_STACK_BYTES 512

__attribute__((noreturn, used)) static void fail(enum hal_reset_cause cause, const struct exception_frame *frame) {
  uint32_t bottom = (uint32_t)&stack_bottom + FAULT_STACK_BYTES, top = (uint32_t)&stack_top, at = (uint32_t)frame;
  board_reset(cause, at >= bottom && at <= top - sizeof *frame ? frame->pc : 0);
}

#define HANDLER(name, cause)                                                  \
  __attribute__((naked)) static void name(void) {                             \
    __asm volatile("mrs r1, msp\n ldr r0, =stack_bottom + %c1\n msr msp, r0\n" \
                   "movs r0, %0\n b fail\n .ltorg" ::"i"(cause), "i"(FAULT_STACK_BYTES)); \
  }

/* A watchdog raises an NMI before it resets the processor. */
HANDLER(Nmi_Handler, RESET_CAUSE_WATCHDOG)
HANDLER(Fault_Handler, RESET_CAUSE_TRAP)

void board_start(int argc, char **argv) {
  (void)argc;
  (void)argv;
  reset_start();
  chip_start();
  time_start();
  uart_start();
  console_start();
  interrupts_on();
}

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const handler vectors[] = {
    [0] = (handler)(uintptr_t)&stack_top,
    [1] = Reset_Handler,
    [2] = Nmi_Handler,
    [3] = Fault_Handler, /* hard fault */
    [4] = Fault_Handler, /* memory management */
    [5] = Fault_Handler, /* bus */
    [6] = Fault_Handler, /* usage */
    [15] = SysTick_Handler,
    INTERRUPTS,
};
