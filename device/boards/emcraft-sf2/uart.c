/*
 * The UART is MMUART_0, the console is MMUART_1. Both are 16550s with registers four bytes apart.
 * No baud rate is set, since QEMU needs none.
 */
#include "chip.h"
#include "core.h"

#define UART 0x40000000u
#define CONSOLE 0x40010000u
#define CONSOLE_HOLDING REGISTER(CONSOLE + 0x00)
#define CONSOLE_INTERRUPT_ENABLE REGISTER(CONSOLE + 0x04)
#define CONSOLE_FIFO_CONTROL REGISTER(CONSOLE + 0x08)
#define CONSOLE_LINE_CONTROL REGISTER(CONSOLE + 0x0c)
#define CONSOLE_LINE_STATUS REGISTER(CONSOLE + 0x14)
#define HOLDING REGISTER(UART + 0x00)
#define INTERRUPT_ENABLE REGISTER(UART + 0x04)
#define FIFO_CONTROL REGISTER(UART + 0x08)
#define LINE_CONTROL REGISTER(UART + 0x0c)
#define LINE_STATUS REGISTER(UART + 0x14)

/* Also no parity and one stop bit. */
#define EIGHT_BITS 3u
/* On, cleared; an interrupt for each byte. */
#define FIFO_ON (1u | 6u)
#define ON_RECEIVED 1u
#define ON_EMPTY 2u
#define RECEIVED (1u << 0)
#define HOLDING_EMPTY (1u << 5)
#define ALL_SENT (1u << 6)

void uart_start(void) {
  LINE_CONTROL = EIGHT_BITS;
  FIFO_CONTROL = FIFO_ON;
  INTERRUPT_ENABLE = ON_RECEIVED;
  NVIC_ENABLE = 1u << UART_IRQ;
}

bool uart_receive(uint8_t *byte) {
  if (!(LINE_STATUS & RECEIVED)) return false;
  *byte = (uint8_t)HOLDING;
  return true;
}

bool uart_send(uint8_t byte) {
  if (!(LINE_STATUS & HOLDING_EMPTY)) return false;
  HOLDING = byte;
  return true;
}

void uart_want(bool received, bool room) {
  INTERRUPT_ENABLE = (received ? ON_RECEIVED : 0) | (room ? ON_EMPTY : 0);
}

bool uart_is_idle(void) { return LINE_STATUS & ALL_SENT; }

void console_start(void) {
  CONSOLE_LINE_CONTROL = EIGHT_BITS;
  CONSOLE_FIFO_CONTROL = FIFO_ON;
  CONSOLE_INTERRUPT_ENABLE = ON_RECEIVED;
  NVIC_ENABLE = 1u << CONSOLE_IRQ;
}

bool console_get(uint8_t *byte) {
  if (!(CONSOLE_LINE_STATUS & RECEIVED)) return false;
  *byte = (uint8_t)CONSOLE_HOLDING;
  return true;
}

bool console_put(uint8_t byte) {
  if (!(CONSOLE_LINE_STATUS & HOLDING_EMPTY)) return false;
  CONSOLE_HOLDING = byte;
  return true;
}
