/* The NOR flash: an S25FL128 at SPI_0, 16 MiB in sectors of 64 KiB. */
#include "board.h"
#include "core.h"

#define SPI 0x40001000u
#define CONTROL REGISTER(SPI + 0x00)
#define FRAME_BITS REGISTER(SPI + 0x04)
#define STATUS REGISTER(SPI + 0x08)
#define RECEIVE REGISTER(SPI + 0x10)
#define TRANSMIT REGISTER(SPI + 0x14)
#define SELECT REGISTER(SPI + 0x1c)

#define ENABLE (1u << 0)
#define MASTER (1u << 1)
#define FRAMES(count) ((count) << 8)
#define HOLD_SELECT (1u << 26)
#define RECEIVE_EMPTY (1u << 6)

#define WRITE_ENABLE 0x06
#define READ_STATUS 0x05
#define READ 0x03
#define PROGRAM 0x02
#define ERASE 0xd8
#define BUSY 1u

#define PAGE_BYTES 256u
#define READ_BYTES 4096u
/* More than the longest times of the data sheet. */
#define PROGRAM_MS 20u
#define ERASE_MS 5000u
/* Polls of the status before a frame of SPI counts as failed. */
#define FRAME_SPINS 100000u

const struct nor_geometry board_nor = {
    .sector_bytes = 65536,
    .program_unit = 1,
    .table = {.start = 0, .count = 16},
    .secrets = {.start = 16, .count = 2},
    .policy = {.start = 18, .count = 2},
};

/* Selects the flash for this many frames, of one byte each. */
static void begin(uint32_t frames) {
  CONTROL = 0;
  FRAME_BITS = 8;
  SELECT = 1;
  CONTROL = ENABLE | MASTER | HOLD_SELECT | FRAMES(frames);
}

static bool exchange(uint8_t out, uint8_t *in) {
  TRANSMIT = out;
  for (uint32_t spins = 0; STATUS & RECEIVE_EMPTY; spins++)
    if (spins == FRAME_SPINS) return false;
  *in = (uint8_t)RECEIVE;
  return true;
}

/*
 * Sends a command with a 24-bit address. Then sends `count` bytes of `out`, or receives them to
 * `in`; NULL for both if there are none. Returns false if SPI does not answer.
 */
static bool transfer(uint8_t command, uint32_t address, const uint8_t *out, uint8_t *in, uint32_t count) {
  uint8_t ignored;
  begin(4 + count);
  if (!exchange(command, &ignored)) return false;
  for (int shift = 16; shift >= 0; shift -= 8)
    if (!exchange((uint8_t)(address >> shift), &ignored)) return false;
  for (uint32_t i = 0; i < count; i++)
    if (!exchange(out ? out[i] : 0, in ? &in[i] : &ignored)) return false;
  return true;
}

static bool enable_writes(void) {
  uint8_t ignored;
  begin(1);
  return exchange(WRITE_ENABLE, &ignored);
}

static bool is_ready_within(uint32_t ms) {
  uint32_t since = board_milliseconds();
  for (;;) {
    uint8_t ignored, status;
    begin(2);
    if (!exchange(READ_STATUS, &ignored) || !exchange(0, &status)) return false;
    if (!(status & BUSY)) return true;
    if (board_milliseconds() - since > ms) return false;
  }
}

bool board_nor_read(uint32_t address, uint8_t *into, uint32_t count) {
  for (uint32_t from = 0; from < count; from += READ_BYTES) {
    uint32_t some = count - from < READ_BYTES ? count - from : READ_BYTES;
    if (!transfer(READ, address + from, 0, into + from, some)) return false;
  }
  return true;
}

bool board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t count) {
  while (count > 0) {
    uint32_t room = PAGE_BYTES - address % PAGE_BYTES;
    uint32_t some = count < room ? count : room;
    if (!enable_writes() || !transfer(PROGRAM, address, bytes, 0, some) || !is_ready_within(PROGRAM_MS)) return false;
    address += some;
    bytes += some;
    count -= some;
  }
  return true;
}

bool board_nor_erase(uint32_t address) {
  return enable_writes() && transfer(ERASE, address, 0, 0, 0) && is_ready_within(ERASE_MS);
}
