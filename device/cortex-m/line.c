/*
 * Interrupts move bytes between the UART and two rings. An index moves only after its byte is
 * written or read, so that an interrupt in between finds a ring that is consistent.
 */
#include "board.h"
#include "core.h"

/* Powers of two. The longest packet, 2,052 bytes, comes in 23 lines of at most 127 bytes. */
#define RECEIVED_BYTES 4096u
#define SENDING_BYTES 512u


static uint8_t received[RECEIVED_BYTES];
static volatile uint32_t received_in, received_out;
static uint8_t sending[SENDING_BYTES];
static volatile uint32_t sending_in, sending_out;

/*
 * The ring was full, so the receive interrupt is off. Bytes stay in the UART, and on the line if
 * it has flow control.
 */
static volatile bool receive_paused;

static bool is_full(void) { return received_in - received_out == RECEIVED_BYTES; }

void line_take(uint8_t byte) {
  if (is_full()) return;
  received[received_in % RECEIVED_BYTES] = byte;
  compiler_barrier();
  received_in++;
}

void Uart_Handler(void) {
  uint8_t byte;
  /*
   * Before the UART is read: some UARTs raise the interrupt only when a byte arrives, not while
   * one waits. A byte that arrives after the last read must raise it.
   */
  if (receive_paused && !is_full()) uart_want(true, true);
  while (!is_full() && uart_receive(&byte)) line_take(byte);
  while (sending_in != sending_out && uart_send(sending[sending_out % SENDING_BYTES])) sending_out++;
  receive_paused = is_full();
  uart_want(!receive_paused, sending_in != sending_out);
}

static void service_uart(void) {
  interrupts_off();
  Uart_Handler();
  interrupts_on();
}

bool line_has_received(void) { return received_in != received_out; }

int board_uart_read(void) {
  if (!line_has_received()) return -1;
  uint8_t byte = received[received_out % RECEIVED_BYTES];
  /* Wiped, since it may be a byte of a key. */
  received[received_out % RECEIVED_BYTES] = 0;
  compiler_barrier();
  received_out++;
  if (receive_paused) service_uart();
  return byte;
}

int board_uart_write(const uint8_t *bytes, int count) {
  int taken = 0;
  while (taken < count && line_has_room()) {
    sending[sending_in % SENDING_BYTES] = bytes[taken++];
    compiler_barrier();
    sending_in++;
  }
  service_uart();
  return taken;
}

bool line_has_room(void) { return sending_in - sending_out < SENDING_BYTES; }

bool board_uart_idle(void) { return sending_in == sending_out && uart_is_idle(); }
