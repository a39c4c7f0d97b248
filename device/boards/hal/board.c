/*
 * The imports without a firmware: a test calls them one at a time over standard input and output.
 *
 * The test writes a line, `IMPORT ARGUMENT…`, and then the firmware's whole memory. It reads the
 * result and the number of programs that the flash was asked for so far, both 32 bits, little
 * endian, and then the memory.
 *
 * `keypad_key` and `panel_send` are called like imports, and are none. The latter lays what was
 * sent to the panel at the start of the memory, and returns how many bytes that are.
 *
 * Seven commands are not imports, and `beep SOUND` is one that returns nothing. The test sends no
 * memory with them, and gets no reply:
 * - `lose`: the power is lost and comes back.
 * - `fail`: from now on, every program and erase fails.
 * - `count`: from now on, the n-th request for random bytes gets bytes that are all n.
 * - `type BYTE`: a byte comes from the panel.
 * - `room BYTES`: the panel's line takes so many bytes, and no more.
 * - `pass MS`: so much time passes.
 * - `stick ADDRESS MASK`: these bits of a byte of the table are stuck at what they are now.
 */
#include "board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "keypad.h"
#include "keys.h"
#include "panel.h"
#include "passwords.h"
#include "runtime.h"
#include "secrets.h"
#include "terminal.h"

#define SECTOR_BYTES 65536

const struct nor_geometry board_nor = {.sector_bytes = SECTOR_BYTES,
                                       .program_unit = 1,
                                       .table = {.start = 2, .count = 2},
                                       .secrets = {.start = 0, .count = 2},
                                       .policy = {.start = 4, .count = 2}};

const struct board_names board_names = {"posix", "unknown", "hal"};

static uint8_t flash[6 * SECTOR_BYTES];
static uint32_t stuck_at;
static uint8_t stuck_bits;
static uint32_t programs;
static bool is_broken;
static bool counts_random;
static uint8_t random_count;
static uint8_t typed[1024];
static int typed_bytes, typed_next;
static uint32_t milliseconds;
static uint8_t shown[4096];
static int shown_bytes, room = sizeof shown;

#define ARGUMENTS_0
#define ARGUMENTS_1 , a[0]
#define ARGUMENTS_2 ARGUMENTS_1, a[1]
#define ARGUMENTS_3 ARGUMENTS_2, a[2]
#define ARGUMENTS_4 ARGUMENTS_3, a[3]
#define ARGUMENTS_5 ARGUMENTS_4, a[4]
#define ARGUMENTS_6 ARGUMENTS_5, a[5]
#define CALL(import, parameters) \
  if (strcmp(name, #import) == 0) return Z_halZ_##import(NULL ARGUMENTS_##parameters);

static u32 send_panel(void) {
  panel_send();
  int bytes = shown_bytes;
  memcpy(memory_data(), shown, (size_t)bytes);
  shown_bytes = 0;
  return (u32)bytes;
}

static u32 call(const char *name, const u32 *a) {
  HAL_IMPORTS(CALL)
  if (strcmp(name, "keypad_key") == 0) return (u32)keypad_key();
  if (strcmp(name, "panel_send") == 0) return send_panel();
  fprintf(stderr, "The HAL has no import %s.\n", name);
  exit(2);
}

static void start(void) {
  static const uint8_t entropy[48];
  if (!secrets_start() || !crypto_start(entropy, 1)) exit(1);
  keys_start();
  passwords_start();
}

static void must(bool done) {
  if (!done) exit(1);
}

/* Ends the process when the input ends, and never returns: there is no firmware to run. */
void board_start(int argc, char **argv) {
  (void)argc;
  (void)argv;
  char line[128];
  memset(flash, 0xff, sizeof flash);
  start();
  programs = 0;
  while (fgets(line, sizeof line, stdin)) {
    char *next = line, *name = strsep(&next, " \n");
    u32 arguments[6] = {0};
    for (int i = 0; i < 6 && next && *next; i++) arguments[i] = (u32)strtoll(strsep(&next, " \n"), NULL, 10);
    if (strcmp(name, "lose") == 0) {
      start();
    } else if (strcmp(name, "fail") == 0) {
      is_broken = true;
    } else if (strcmp(name, "count") == 0) {
      counts_random = true;
    } else if (strcmp(name, "type") == 0) {
      must(typed_bytes < (int)sizeof typed);
      typed[typed_bytes++] = (uint8_t)arguments[0];
    } else if (strcmp(name, "beep") == 0) {
      Z_halZ_beep(NULL, arguments[0]);
    } else if (strcmp(name, "room") == 0) {
      room = (int)arguments[0];
    } else if (strcmp(name, "pass") == 0) {
      milliseconds += arguments[0];
    } else if (strcmp(name, "stick") == 0) {
      stuck_at = board_nor.table.start * SECTOR_BYTES + arguments[0];
      stuck_bits = (uint8_t)arguments[1];
    } else {
      must(fread(memory_data(), memory_bytes(), 1, stdin) == 1);
      u32 result = call(name, arguments);
      must(fwrite(&result, 4, 1, stdout) == 1 && fwrite(&programs, 4, 1, stdout) == 1);
      must(fwrite(memory_data(), memory_bytes(), 1, stdout) == 1 && fflush(stdout) == 0);
    }
  }
  exit(0);
}

bool __real_crypto_random(uint8_t *into, size_t bytes);
bool __wrap_crypto_random(uint8_t *into, size_t bytes);
bool __wrap_crypto_random(uint8_t *into, size_t bytes) {
  if (!counts_random) return __real_crypto_random(into, bytes);
  memset(into, ++random_count, bytes);
  return true;
}

bool __real_crypto_slow_hash(const uint8_t *password, size_t bytes, const uint8_t *salt, size_t salt_bytes,
                             uint32_t rounds, uint8_t out[KEY_BYTES]);
bool __wrap_crypto_slow_hash(const uint8_t *password, size_t bytes, const uint8_t *salt, size_t salt_bytes,
                             uint32_t rounds, uint8_t out[KEY_BYTES]);
/* Takes two rounds at most, so that tests do not wait. */
bool __wrap_crypto_slow_hash(const uint8_t *password, size_t bytes, const uint8_t *salt, size_t salt_bytes,
                             uint32_t rounds, uint8_t out[KEY_BYTES]) {
  return __real_crypto_slow_hash(password, bytes, salt, salt_bytes, rounds < 2 ? rounds : 2, out);
}

bool board_nor_read(uint32_t address, uint8_t *into, uint32_t bytes) {
  memcpy(into, flash + address, bytes);
  return true;
}

static void change(uint32_t at, uint8_t to) {
  uint8_t stuck = at == stuck_at ? stuck_bits : 0;
  flash[at] = (flash[at] & stuck) | (to & (uint8_t)~stuck);
}

bool board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t length) {
  programs++;
  if (is_broken) return false;
  for (uint32_t i = 0; i < length; i++) change(address + i, flash[address + i] & bytes[i]);
  return true;
}

bool board_nor_erase(uint32_t address) {
  if (is_broken) return false;
  for (uint32_t i = 0; i < SECTOR_BYTES; i++) change(address + i, 0xff);
  return true;
}

uint32_t board_milliseconds(void) { return milliseconds; }

/* A screen, so that its imports can be called. Nobody sees it. */
struct panel_size board_panel_size(void) { return (struct panel_size){.columns = 20, .rows = 8}; }

/* The rest of board.h. Nothing here depends on it. */
int board_panel_read(void) { return typed_next < typed_bytes ? typed[typed_next++] : -1; }
int board_panel_write(const uint8_t *bytes, int length) {
  int taken = length < room ? length : room;
  must(shown_bytes + taken <= (int)sizeof shown);
  memcpy(shown + shown_bytes, bytes, (size_t)taken);
  shown_bytes += taken;
  room -= taken;
  return taken;
}
bool board_is_bench(void) { return false; }
void board_watchdog_feed(void) {}
void board_sleep(int32_t ms) { (void)ms; }
int board_uart_read(void) { return -1; }
int board_uart_write(const uint8_t *bytes, int length) {
  (void)bytes;
  return length;
}
bool board_uart_idle(void) { return true; }
void board_wait_for_room(void) {}
bool board_rtc_get(int64_t *ms) {
  (void)ms;
  return false;
}
void board_rtc_set(int64_t ms) { (void)ms; }
int board_serial_number(uint8_t *into, int max) {
  (void)into;
  (void)max;
  return 0;
}
bool board_is_open(void) { return false; }
void board_event(enum hal_event code, uint32_t value) {
  (void)code;
  (void)value;
}
bool board_entropy(uint8_t *into) {
  (void)into;
  return false;
}
enum hal_reset_cause board_reset_cause(void) { return RESET_CAUSE_POWER; }
uint32_t board_failed_at(void) { return 0; }
void board_stuck(void) { exit(1); }
void board_reset(enum hal_reset_cause why, const void *at) {
  (void)why;
  (void)at;
  exit(1);
}
