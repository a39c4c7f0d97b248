/*
 * The UART is UART 0, the console is UART 1, both of ARM's Cortex-M System Design Kit (DDI 0479).
 * Each has a buffer of one byte and an interrupt for each direction.
 */
#include "board.h"
#include "chip.h"

#define UART 0x40004000u
#define CONSOLE 0x40005000u
#define CONSOLE_BYTE REGISTER(CONSOLE + 0x00)
#define CONSOLE_STATE REGISTER(CONSOLE + 0x04)
#define CONSOLE_CONTROL REGISTER(CONSOLE + 0x08)
#define CONSOLE_INTERRUPT_CLEAR REGISTER(CONSOLE + 0x0c)
#define CONSOLE_DIVIDER REGISTER(CONSOLE + 0x10)

#define BYTE REGISTER(UART + 0x00)
#define STATE REGISTER(UART + 0x04)
#define CONTROL REGISTER(UART + 0x08)
#define INTERRUPT_CLEAR REGISTER(UART + 0x0c)
#define DIVIDER REGISTER(UART + 0x10)

#define BOTH_WAYS 3u
#define ON_SENT 4u
#define ON_RECEIVED 8u
#define SENDING_FULL 1u
#define RECEIVED_FULL 2u
#define SENT 1u
#define RECEIVED 2u

/* When the last byte went into the send buffer, by board_milliseconds. */
static volatile uint32_t last_sent;

void uart_start(void) {
  DIVIDER = CLOCK_HZ / 115200;
  uart_want(true, false);
  NVIC_ENABLE = 1u << UART_RECEIVE_IRQ | 1u << UART_SEND_IRQ;
}

bool uart_receive(uint8_t *byte) {
  INTERRUPT_CLEAR = RECEIVED;
  if (!(STATE & RECEIVED_FULL)) return false;
  *byte = (uint8_t)BYTE;
  return true;
}

bool uart_send(uint8_t byte) {
  INTERRUPT_CLEAR = SENT;
  if (STATE & SENDING_FULL) return false;
  BYTE = byte;
  last_sent = board_milliseconds();
  return true;
}

void uart_want(bool received, bool room) {
  /* The interrupt for sending stays on: it only comes after a byte was sent. */
  CONTROL = BOTH_WAYS | ON_SENT | (received ? ON_RECEIVED : 0);
  /* An interrupt that is pending stays pending until it is cleared. */
  if (!received) INTERRUPT_CLEAR = RECEIVED;
  if (!room) INTERRUPT_CLEAR = SENT;
}

/*
 * A byte leaves the buffer before it is on the line, and no register tells when it is. At 115,200
 * baud it takes 0.1 ms.
 */
#define BYTE_MS 2u
bool uart_is_idle(void) { return !(STATE & SENDING_FULL) && board_milliseconds() - last_sent > BYTE_MS; }

void console_start(void) {
  CONSOLE_DIVIDER = CLOCK_HZ / 115200;
  CONSOLE_CONTROL = BOTH_WAYS | ON_RECEIVED;
  NVIC_ENABLE = 1u << CONSOLE_RECEIVE_IRQ;
}

bool console_get(uint8_t *byte) {
  CONSOLE_INTERRUPT_CLEAR = RECEIVED;
  if (!(CONSOLE_STATE & RECEIVED_FULL)) return false;
  *byte = (uint8_t)CONSOLE_BYTE;
  return true;
}

bool console_put(uint8_t byte) {
  if (CONSOLE_STATE & SENDING_FULL) return false;
  CONSOLE_BYTE = byte;
  return true;
}
