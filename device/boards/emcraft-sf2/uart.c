/* MMUART_0, a 16550 with registers four bytes apart. Both directions are interrupt-driven, through rings. */
#include "board.h"
#include "chip.h"
#include "uart.h"

#define UART 0x40000000u
#define DATA REGISTER(UART + 0x00)
#define INTERRUPT_ENABLE REGISTER(UART + 0x04)
#define FIFO_CONTROL REGISTER(UART + 0x08)
#define LINE_CONTROL REGISTER(UART + 0x0c)
#define LINE_STATUS REGISTER(UART + 0x14)

#define ON_DATA 1u
#define ON_EMPTY 2u
#define DATA_READY (1u << 0)
#define HOLDING_EMPTY (1u << 5)
#define ALL_SENT (1u << 6)

/* Powers of two. The longest packet is 2,052 bytes, in 23 lines of 127. */
#define RECEIVED_BYTES 4096u
#define SENDING_BYTES 512u

static uint8_t received[RECEIVED_BYTES];
static volatile uint32_t received_in, received_out;
static uint8_t sending[SENDING_BYTES];
static volatile uint32_t sending_in, sending_out;

void uart_start(const uint8_t *line, uint32_t count) {
  for (; received_in < count && received_in < RECEIVED_BYTES; received_in++) received[received_in] = line[received_in];
  LINE_CONTROL = 3;     /* eight bits, no parity, one stop bit */
  FIFO_CONTROL = 1 | 6; /* on, emptied; an interrupt for each byte */
  INTERRUPT_ENABLE = ON_DATA;
  NVIC_ENABLE = 1u << UART_IRQ;
}

void Uart_Handler(void) {
  while (LINE_STATUS & DATA_READY) {
    uint8_t byte = (uint8_t)DATA;
    if (received_in - received_out < RECEIVED_BYTES) received[received_in++ % RECEIVED_BYTES] = byte;
  }
  while ((LINE_STATUS & HOLDING_EMPTY) && sending_in != sending_out) DATA = sending[sending_out++ % SENDING_BYTES];
  INTERRUPT_ENABLE = sending_in == sending_out ? ON_DATA : ON_DATA | ON_EMPTY;
}

bool uart_has_received(void) { return received_in != received_out; }

int board_uart_read(void) {
  if (!uart_has_received()) return -1;
  uint8_t byte = received[received_out % RECEIVED_BYTES];
  received_out++;
  return byte;
}

int board_uart_write(const uint8_t *bytes, int count) {
  int taken = 0;
  while (taken < count && sending_in - sending_out < SENDING_BYTES) sending[sending_in++ % SENDING_BYTES] = bytes[taken++];
  /* The interrupt comes at once where the UART has nothing to send. */
  INTERRUPT_ENABLE = ON_DATA | ON_EMPTY;
  return taken;
}

bool board_uart_idle(void) { return sending_in == sending_out && (LINE_STATUS & ALL_SENT); }
