/* Emcraft's SmartFusion2 kit, as QEMU models it. Microsemi's UG0331 describes the chip. */
#ifndef CHIP_H
#define CHIP_H

#include "core.h"
#include "identity.h"

#define CLOCK_HZ 142000000u
#define UART_IRQ 10
#define CONSOLE_IRQ 11
#define INTERRUPTS [16 + UART_IRQ] = Uart_Handler, [16 + CONSOLE_IRQ] = Console_Handler

/* The first bytes of DDR memory, which the firmware does not use. */
#define IDENTITY ((const struct identity *)0xa0000000u)

#endif
