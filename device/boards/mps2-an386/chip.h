/* ARM's MPS2 with the FPGA image AN386, a Cortex-M4 (ARM DAI 0386), as QEMU models it. */
#ifndef CHIP_H
#define CHIP_H

#include "core.h"
#include "identity.h"

#define CLOCK_HZ 25000000u
#define UART_RECEIVE_IRQ 0
#define UART_SEND_IRQ 1
#define CONSOLE_RECEIVE_IRQ 2
#define INTERRUPTS                                                              \
  [16 + UART_RECEIVE_IRQ] = Uart_Handler, [16 + UART_SEND_IRQ] = Uart_Handler, \
  [16 + CONSOLE_RECEIVE_IRQ] = Console_Handler

/* Behind the memory that link.ld gives to data. */
#define IDENTITY ((const struct identity *)0x20300000u)

#endif
