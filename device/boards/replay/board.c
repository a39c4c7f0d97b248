/*
 * A trace as a board: `terminal TRACE FLASH` runs the firmware again as a terminal ran when it
 * was recorded (docs/TRACE.md). FLASH is a new file. Received bytes, keys, time, randomness
 * and failures of the flash come from the trace. All that the firmware does is compared with the
 * trace. Each start of the terminal runs the program anew.
 */
#include "board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "keys.h"
#include "passwords.h"
#include "runtime.h"
#include "script.h"
#include "secrets.h"
#include "terminal.h"
#include "trace-panel.h"

#include "../linux/flash.h"

#define TABLE_BYTES (16 * 4096)
/* In a trace, the policy's region follows the table's. */
#define TRACED_BYTES (TABLE_BYTES + 2 * 4096)

static char **arguments;
/*
 * What the beginning of the trace says of the terminal, in environment variables, so that it
 * survives a start: the serial number, texts by their numbers, and the digest in hexadecimal.
 */
#define SERIAL "OCTOBIND_SERIAL"
#define TEXT "OCTOBIND_TEXT_"
#define BUILD "OCTOBIND_BUILD"
static enum hal_reset_cause cause;
static struct failures failures;
/* The terminal's secrets from before the trace. They are set before the firmware boots. */
static struct kept {
  int id;
  int count;
  uint8_t value[SECRET_BYTES];
} kept[SECRETS];
static int kept_count;

/* The bytes of the next line, if it is `receive`. */
static bool is_receiving;
static uint8_t received[256 * 1024];
static size_t received_bytes, received_next;

static uint8_t scratch[TRACED_BYTES];

/* Where a byte of a trace's flash is on the device. */
static uint32_t device_address(uint32_t traced) {
  return traced < TABLE_BYTES ? traced : board_nor.policy.start * board_nor.sector_bytes + traced - TABLE_BYTES;
}
static uint32_t traced_address(uint32_t region, uint32_t address) {
  return region == REGION_POLICY ? TABLE_BYTES + address : address;
}

/* Lines `flash`: what the flash holds although no program of the trace wrote it. */
static void take_flash(void) {
  for (; script_has("flash"); script_advance()) {
    uint32_t address = (uint32_t)script_number(1);
    size_t count = script_bytes(2, scratch, sizeof scratch);
    if (address > TRACED_BYTES - count) script_invalid();
    /* Erases and programs whole sectors, since a program cannot set a bit. */
    for (uint32_t from = address & ~4095u; from < address + count; from += 4096) {
      uint8_t sector[4096];
      board_nor_read(device_address(from), sector, sizeof sector);
      for (uint32_t i = 0; i < sizeof sector; i++)
        if (from + i >= address && from + i < address + count) sector[i] = scratch[from + i - address];
      board_nor_erase(device_address(from));
      board_nor_program(device_address(from), sector, sizeof sector);
    }
  }
}

/* Returns the entry for a secret: the one that an earlier line began, or a new one. */
static struct kept *keep(int id) {
  for (int i = 0; i < kept_count; i++)
    if (kept[i].id == id) return &kept[i];
  if (kept_count == SECRETS) script_invalid();
  kept[kept_count].id = id;
  return &kept[kept_count++];
}

/* Returns word 1 of the next line, which must be in this range. */
static int number_from(int lowest, int highest) {
  int64_t number = script_number(1);
  if (number < lowest || number > highest) script_invalid();
  return (int)number;
}

/* A line `key` or `register`: a number and a value. `first` is the first secret of its kind. */
static void keep_value(int first, int highest) {
  int count = kept_count;
  struct kept *one = keep(first + number_from(0, highest));
  /* A second line for one secret is in no trace, and the emulator refuses it. */
  if (kept_count == count) script_invalid();
  one->count = (int)script_bytes(2, one->value, KEY_BYTES);
}

/*
 * A line `password` (docs/TRACE.md). A salt of 17 bytes ends with the user's number; the other 16
 * bytes are the same for both users, whose passwords are one secret. A salt of 16 bytes belongs
 * to a password from an earlier build, in a secret of its own.
 */
static void keep_password(void) {
  int who = number_from(MENU_USER_OPERATOR, MENU_USER_ADMINISTRATOR);
  uint8_t salt[SALT_BYTES + 1];
  struct password one = {.rounds = (uint32_t)script_number(3)};
  size_t salt_bytes = script_bytes(2, salt, sizeof salt);
  script_bytes(4, one.hash, sizeof one.hash);
  memcpy(one.salt, salt, SALT_BYTES);
  bool is_alone = salt_bytes == SALT_BYTES;
  struct kept *to = keep(SECRET_PASSWORDS + (is_alone ? who : 0));
  to->count = SECRET_BYTES;
  if (is_alone) {
    memcpy(to->value, &one, sizeof one);
  } else {
    struct passwords both;
    memcpy(&both, to->value, sizeof both);
    memcpy(both.salt, one.salt, SALT_BYTES);
    both.rounds = one.rounds;
    memcpy(both.hashes[who - 1], one.hash, SHORT_HASH_BYTES);
    memcpy(to->value, &both, sizeof both);
  }
}

static void require(const char *kind) {
  if (script_is_over()) script_end(false);
  if (!script_has(kind)) script_invalid();
}

/* Lines `text` and `build`: what the recorded runtime said of itself. */
static void take_runtime(void) {
  char name[32], text[2 * KEY_BYTES + 1];
  for (int which = 0; script_has("text"); which++, script_advance()) {
    snprintf(name, sizeof name, TEXT "%d", number_from(which, which));
    text[script_text(2, text, SIZE_RUNTIME_TEXT_MAX)] = 0;
    setenv(name, text, 1);
  }
  require("build");
  text[script_text(1, text, sizeof text - 1)] = 0;
  setenv(BUILD, text, 1);
  script_advance();
}

static void take_beginning(void) {
  script_expect("octobind-trace 4");
  if (script_has("terminal") && script_number(1) != SIZE_HAL_VERSION) {
    fprintf(stderr, "the trace is of firmware for another version of the HAL: this build has version %d\n",
            SIZE_HAL_VERSION);
    exit(2);
  }
  bool has_our_geometry = script_has("terminal") && script_number(2) == board_nor.sector_bytes &&
                 script_number(3) == board_nor.table.count && script_number(4) == board_nor.program_unit;
  if (!has_our_geometry) {
    fprintf(stderr, "the trace is of a flash with another geometry: this build has 16 sectors of 4096 bytes, and "
                    "program unit 1\n");
    exit(2);
  }
  char serial[33] = "";
  script_text(5, serial, sizeof serial - 1);
  setenv(SERIAL, serial, 1);
  script_advance();
  take_runtime();
  trace_panel_begin();
  for (;; script_advance()) {
    if (script_has("key")) keep_value(SECRET_KEYS, SIZE_DURABLE_KEY_SLOTS - 1);
    else if (script_has("register")) keep_value(SECRET_REGISTERS, REGISTER_COUNT - 1);
    else if (script_has("password")) keep_password();
    else return;
  }
}

static void check_off(void) {
  uint8_t digest[KEY_BYTES];
  board_nor_read(0, scratch, TABLE_BYTES);
  board_nor_read(device_address(TABLE_BYTES), scratch + TABLE_BYTES, TRACED_BYTES - TABLE_BYTES);
  crypto_sha256(scratch, sizeof scratch, digest);
  script_expect_bytes(digest, sizeof digest, "off");
}

void board_start(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: terminal TRACE FLASH\n");
    exit(2);
  }
  arguments = argv;
  script_open(argv[1]);
  bool is_first = script_is_first();
  if (is_first) remove(argv[2]);
  flash_open(argv[2]);
  if (is_first) {
    take_beginning();
  } else {
    take_flash();
    require("off");
    check_off();
    if (script_is_over()) script_end(true);
  }
  take_flash();
  require("boot");
  cause = (enum hal_reset_cause)script_number(1);
  failures.count = (uint32_t)script_number(2);
  failures.cause = (uint32_t)script_number(3);
  failures.at = (uint32_t)script_number(4);
}

/*
 * The linker replaces functions by these (--wrap in board.json): `__wrap_` is called instead of
 * the function, `__real_` is the function.
 */

typedef Z_terminal_instance_t firmware;
typedef struct Z_hal_instance_t hal;

void __real_Z_terminalZ_boot(firmware *of);
void __wrap_Z_terminalZ_boot(firmware *of);
void __wrap_Z_terminalZ_boot(firmware *of) {
  for (int i = 0; i < kept_count; i++) secrets_set((enum secret)kept[i].id, kept[i].value, kept[i].count);
  secrets_set(SECRET_FAILURES, (const uint8_t *)&failures, sizeof failures);
  script_expect("boot %d %u %u %u", cause, failures.count, failures.cause, failures.at);
  __real_Z_terminalZ_boot(of);
}

/* Ends a line `receive`: all its bytes are received. Have they completed a packet, as it says? */
static void expect_received(bool is_complete) {
  if (received_next < received_bytes || script_number(2) != is_complete) script_differs("receive");
  script_advance();
  is_receiving = false;
}

u32 __real_Z_terminalZ_receive(firmware *of, u32 byte);
u32 __wrap_Z_terminalZ_receive(firmware *of, u32 byte);
u32 __wrap_Z_terminalZ_receive(firmware *of, u32 byte) {
  u32 is_complete = __real_Z_terminalZ_receive(of, byte);
  if (is_complete) expect_received(true);
  return is_complete;
}

u32 __real_Z_terminalZ_poll(firmware *of, u32 now);
u32 __wrap_Z_terminalZ_poll(firmware *of, u32 now);
u32 __wrap_Z_terminalZ_poll(firmware *of, u32 now) {
  if (script_has("poll")) now = (u32)script_number(1);
  script_expect("poll %u", now);
  u32 wait = __real_Z_terminalZ_poll(of, now);
  script_expect("wait %d", (int)wait);
  return wait;
}

void __real_Z_terminalZ_tamper(firmware *of);
void __wrap_Z_terminalZ_tamper(firmware *of);
void __wrap_Z_terminalZ_tamper(firmware *of) {
  script_expect("tamper");
  __real_Z_terminalZ_tamper(of);
}

void __real_Z_halZ_reset(hal *of);
void __wrap_Z_halZ_reset(hal *of);
void __wrap_Z_halZ_reset(hal *of) {
  script_expect("reset");
  __real_Z_halZ_reset(of);
}

u32 __wrap_Z_halZ_runtime_text(hal *of, u32 which, u32 ptr, u32 max);
u32 __wrap_Z_halZ_runtime_text(hal *of, u32 which, u32 ptr, u32 max) {
  char name[32];
  (void)of;
  snprintf(name, sizeof name, TEXT "%u", which);
  const char *text = getenv(name);
  size_t count = text ? strnlen(text, max) : 0;
  if (text) memcpy(memory_data() + ptr, text, count);
  return text ? (u32)count : (u32)HAL_ERROR_ARGUMENT;
}

u32 __wrap_Z_halZ_build_digest(hal *of, u32 to);
u32 __wrap_Z_halZ_build_digest(hal *of, u32 to) {
  const char *build = getenv(BUILD);
  (void)of;
  for (int i = 0; i < KEY_BYTES; i++)
    if (!build || sscanf(build + 2 * i, "%2hhx", memory_data() + to + i) != 1) return (u32)HAL_ERROR_ABSENT;
  return 0;
}

u32 __real_Z_halZ_nor_read(hal *of, u32 region, u32 address, u32 ptr, u32 count);
u32 __wrap_Z_halZ_nor_read(hal *of, u32 region, u32 address, u32 ptr, u32 count);
u32 __wrap_Z_halZ_nor_read(hal *of, u32 region, u32 address, u32 ptr, u32 count) {
  /* `reads`: how many reads there were at line `since` of the trace. */
  static long reads, since;
  u32 result = __real_Z_halZ_nor_read(of, region, address, ptr, count);
  if (since != script_line()) reads = 0;
  since = script_line();
  if (result == 0 && script_has("read") && script_number(1) == reads) {
    script_bytes(3, memory_data() + ptr, count);
    script_expect_bytes(memory_data() + ptr, count, "read %ld %u", reads, traced_address(region, address));
  }
  reads++;
  return result;
}

/* The trace has a line for the result of a program or erase if that is not 0. */
static u32 check_result(u32 result) {
  if (result != 0) {
    script_expect("answer %d", (int)result);
    take_flash();
  }
  return result;
}

u32 __real_Z_halZ_nor_program(hal *of, u32 region, u32 address, u32 ptr, u32 count);
u32 __wrap_Z_halZ_nor_program(hal *of, u32 region, u32 address, u32 ptr, u32 count);
u32 __wrap_Z_halZ_nor_program(hal *of, u32 region, u32 address, u32 ptr, u32 count) {
  script_expect_bytes(memory_data() + ptr, count, "program %u", traced_address(region, address));
  return check_result(__real_Z_halZ_nor_program(of, region, address, ptr, count));
}

u32 __real_Z_halZ_nor_erase(hal *of, u32 region, u32 address);
u32 __wrap_Z_halZ_nor_erase(hal *of, u32 region, u32 address);
u32 __wrap_Z_halZ_nor_erase(hal *of, u32 region, u32 address) {
  script_expect("erase %u", traced_address(region, address));
  return check_result(__real_Z_halZ_nor_erase(of, region, address));
}

/*
 * Returns true if the trace says that this program or erase of table or policy fails. If it says
 * that the power was cut, starts anew instead.
 */
static bool fails(uint32_t address) {
  uint32_t secrets = board_nor.secrets.start * board_nor.sector_bytes;
  if (address >= secrets && address < secrets + board_nor.secrets.count * board_nor.sector_bytes) return false;
  if (script_has("cut")) {
    script_advance();
    take_flash();
    script_restart(arguments);
  }
  return script_has("answer");
}

bool __real_board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t count);
bool __wrap_board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t count);
bool __wrap_board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t count) {
  return !fails(address) && __real_board_nor_program(address, bytes, count);
}

bool __real_board_nor_erase(uint32_t address);
bool __wrap_board_nor_erase(uint32_t address);
bool __wrap_board_nor_erase(uint32_t address) { return !fails(address) && __real_board_nor_erase(address); }

bool __wrap_crypto_random(uint8_t *into, size_t count);
bool __wrap_crypto_random(uint8_t *into, size_t count) {
  if (!script_has("random") || script_bytes(1, into, count) != count) script_differs("random");
  script_advance();
  return true;
}

/* The functions of board.h. */

uint32_t board_milliseconds(void) { return 0; }
void board_watchdog_feed(void) {}

void board_sleep(int32_t ms) {
  (void)ms;
  if (script_has("off") || script_has("flash")) script_restart(arguments);
  static const char *const inputs[] = {"receive", "poll", "press", "tamper"};
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
    if (script_has(inputs[i])) return;
  script_expect("nothing");
}

int board_uart_read(void) {
  if (is_receiving && received_next == received_bytes) expect_received(false);
  if (!is_receiving && script_has("receive")) {
    is_receiving = true;
    received_next = 0;
    received_bytes = script_bytes(1, received, sizeof received);
  }
  return received_next < received_bytes ? received[received_next++] : -1;
}

int board_uart_write(const uint8_t *bytes, int count) {
  script_expect_bytes(bytes, (size_t)count, "send");
  return count;
}
bool board_uart_idle(void) { return true; }
void board_wait_for_room(void) {}

bool board_rtc_get(int64_t *ms) {
  if (!script_has("time")) script_differs("time");
  char first;
  bool has_time = script_text(1, &first, 1) == 1 && first != 'n'; /* `none` */
  *ms = script_number(1);
  script_advance();
  return has_time;
}

void board_rtc_set(int64_t ms) { script_expect("set-time %lld", (long long)ms); }

int board_serial_number(uint8_t *into, int max) {
  const char *serial = getenv(SERIAL);
  int count = serial ? (int)strnlen(serial, (size_t)max) : 0;
  memcpy(into, serial, (size_t)count);
  return count;
}

bool board_is_open(void) { return script_has("tamper"); }

/* Not used: random bytes come from the trace, see __wrap_crypto_random. */
bool board_entropy(uint8_t *into) {
  memset(into, 0, 48);
  return true;
}

/* The runtime records these; then __wrap_Z_terminalZ_boot overwrites that by the trace. */
enum hal_reset_cause board_reset_cause(void) { return cause; }
uint32_t board_failed_at(void) { return failures.at; }

void board_event(enum hal_event code, uint32_t value) {
  static const char *const names[] = {HAL_EVENT_NAMES};
  /* A trap has a line of its own in the trace: `trap`. */
  if (code != EVENT_TRAP) script_expect("event %s %u", names[code], value);
}

void board_reset(enum hal_reset_cause why, const void *at) {
  (void)at;
  if (is_receiving) expect_received(false);
  if (why != RESET_CAUSE_ASKED) script_expect("trap");
  script_restart(arguments);
}
