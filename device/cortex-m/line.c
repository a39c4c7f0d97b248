/* Both directions of the UART, interrupt-driven, through rings. An index moves after the byte that it is about, so that an interrupt in between finds nothing half done. */
#include "board.h"
#include "core.h"

/* Powers of two. The longest packet is 2,052 bytes, in 23 lines of 127. */
#define RECEIVED_BYTES 4096u
#define SENDING_BYTES 512u

static inline void in_this_order(void) { __asm volatile("" ::: "memory"); }

static uint8_t received[RECEIVED_BYTES];
static volatile uint32_t received_in, received_out;
static uint8_t sending[SENDING_BYTES];
static volatile uint32_t sending_in, sending_out;

/* What is received waits in the UART, and on a line that has flow control. */
static volatile bool waits;

static bool is_full(void) { return received_in - received_out == RECEIVED_BYTES; }

void line_take(uint8_t byte) {
  if (is_full()) return;
  received[received_in % RECEIVED_BYTES] = byte;
  in_this_order();
  received_in++;
}

void Uart_Handler(void) {
  uint8_t byte;
  /* Before the last look at the UART: some tell of a byte as it comes, and not that it is there. */
  if (waits && !is_full()) uart_want(true, true);
  while (!is_full() && uart_receive(&byte)) line_take(byte);
  while (sending_in != sending_out && uart_send(sending[sending_out % SENDING_BYTES])) sending_out++;
  waits = is_full();
  uart_want(!waits, sending_in != sending_out);
}

static void serve(void) {
  interrupts_off();
  Uart_Handler();
  interrupts_on();
}

bool line_has_received(void) { return received_in != received_out; }

int board_uart_read(void) {
  if (!line_has_received()) return -1;
  uint8_t byte = received[received_out % RECEIVED_BYTES];
  /* It may be one of a key. */
  received[received_out % RECEIVED_BYTES] = 0;
  in_this_order();
  received_out++;
  if (waits) serve();
  return byte;
}

int board_uart_write(const uint8_t *bytes, int count) {
  int taken = 0;
  while (taken < count && line_has_room()) {
    sending[sending_in % SENDING_BYTES] = bytes[taken++];
    in_this_order();
    sending_in++;
  }
  serve();
  return taken;
}

bool line_has_room(void) { return sending_in - sending_out < SENDING_BYTES; }

bool board_uart_idle(void) { return sending_in == sending_out && uart_is_idle(); }
