/* Both directions of the UART, interrupt-driven, through rings. */
#include "board.h"
#include "chip.h"
#include "core.h"

/* Powers of two. The longest packet is 2,052 bytes, in 23 lines of 127. */
#define RECEIVED_BYTES 4096u
#define SENDING_BYTES 512u

static uint8_t received[RECEIVED_BYTES];
static volatile uint32_t received_in, received_out;
static uint8_t sending[SENDING_BYTES];
static volatile uint32_t sending_in, sending_out;

void line_start(void) {
  while (received_in < IDENTITY->line_bytes && received_in < RECEIVED_BYTES) {
    received[received_in] = IDENTITY->line[received_in];
    received_in++;
  }
}

void Uart_Handler(void) {
  uint8_t byte;
  while (uart_receive(&byte))
    if (received_in - received_out < RECEIVED_BYTES) received[received_in++ % RECEIVED_BYTES] = byte;
  while (sending_in != sending_out && uart_send(sending[sending_out % SENDING_BYTES])) sending_out++;
  uart_want_room(sending_in != sending_out);
}

bool line_has_received(void) { return received_in != received_out; }

int board_uart_read(void) {
  if (!line_has_received()) return -1;
  uint8_t byte = received[received_out % RECEIVED_BYTES];
  received_out++;
  return byte;
}

int board_uart_write(const uint8_t *bytes, int count) {
  int taken = 0;
  while (taken < count && sending_in - sending_out < SENDING_BYTES) sending[sending_in++ % SENDING_BYTES] = bytes[taken++];
  interrupts_off();
  Uart_Handler();
  interrupts_on();
  return taken;
}

bool board_uart_idle(void) { return sending_in == sending_out && uart_is_idle(); }
