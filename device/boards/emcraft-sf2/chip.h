/* Emcraft's SmartFusion2 kit (Microsemi UG0331), as QEMU has it. */
#ifndef CHIP_H
#define CHIP_H

#include "core.h"
#include "identity.h"

#define CLOCK_HZ 142000000u
#define UART_IRQ 10
#define INTERRUPTS [16 + UART_IRQ] = Uart_Handler

#define IDENTITY ((const struct identity *)0xa0000000u)

#endif
