/* Vectors, and the way from reset to main. */
#include <stdint.h>
#include <string.h>

#include "board.h"
#include "chip.h"
#include "core.h"

extern uint32_t stack_bottom, stack_top, data_source, data_start, data_end, bss_start, bss_end;
int main(int argc, char **argv);

/* What a stack that was never used holds, for its high-water mark. */
#define UNUSED 0xa5a5a5a5u

void Reset_Handler(void) {
  uint32_t *here = __builtin_frame_address(0);
  for (uint32_t *word = &stack_bottom; word < here - 16; word++) *word = UNUSED;
  memcpy(&data_start, &data_source, (uintptr_t)&data_end - (uintptr_t)&data_start);
  memset(&bss_start, 0, (uintptr_t)&bss_end - (uintptr_t)&bss_start);
  main(0, 0);
  board_reset(RESET_TRAP);
}

/* On a stack of its own making: that of what failed may be used up. */
#define HANDLER(name, cause)                                                  \
  __attribute__((naked)) static void name(void) {                             \
    __asm volatile("ldr r0, =stack_top\n msr msp, r0\n movs r0, %0\n b board_reset\n .ltorg" ::"i"(cause)); \
  }

/* A watchdog's last warning. */
HANDLER(Nmi_Handler, RESET_WATCHDOG)
HANDLER(Fault_Handler, RESET_TRAP)

void board_start(int argc, char **argv) {
  (void)argc;
  (void)argv;
  reset_start();
  chip_start();
  time_start();
  uart_start();
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
