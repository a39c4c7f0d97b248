/*
 * The imports of the firmware, module `hal`, but those of the panel (panel.c). docs/HAL.md has
 * their units, results and errors.
 */
#include <string.h>

#include "board.h"
#include "crypto.h"
#include "keys.h"
#include "passwords.h"
#include "runtime.h"
#include "secrets.h"
#include "self-test.h"
#include "terminal.h"
#include "wasm.h"

#define ARGUMENT ((u32)HAL_ERROR_ARGUMENT)
#define DEVICE ((u32)HAL_ERROR_DEVICE)
#define ABSENT ((u32)HAL_ERROR_ABSENT)
#define NOT_AUTHENTIC ((u32)HAL_ERROR_NOT_AUTHENTIC)

#define REGISTER_BYTES 32
#define INFO_MAX 1024

typedef struct Z_hal_instance_t hal;

/* wasm2c passes an instance of the module to each import. This one has none: it is always NULL. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

static u32 done_or_device(bool done) { return done ? 0 : DEVICE; }

/* UART, clock, identity */

u32 Z_halZ_uart_write(hal *unused, u32 ptr, u32 count) {
  uint8_t *bytes = memory_at(ptr, count);
  return bytes ? (u32)board_uart_write(bytes, (int)count) : ARGUMENT;
}

u32 Z_halZ_rtc_get(hal *unused, u32 ptr) {
  uint8_t *out = memory_at(ptr, 8);
  int64_t ms;
  if (!out) return ARGUMENT;
  if (!board_rtc_get(&ms)) return ABSENT;
  memcpy(out, &ms, 8);
  return 0;
}

u32 Z_halZ_rtc_set(hal *unused, u32 ptr) {
  uint8_t *in = memory_at(ptr, 8);
  int64_t ms;
  if (!in) return ARGUMENT;
  memcpy(&ms, in, 8);
  board_rtc_set(ms);
  return 0;
}

u32 Z_halZ_serial_number(hal *unused, u32 ptr, u32 max) {
  uint8_t *out = memory_at(ptr, max);
  if (!out) return ARGUMENT;
  int count = board_serial_number(out, (int)max);
  return count > 0 ? (u32)count : ABSENT;
}

u32 Z_halZ_runtime_text(hal *unused, u32 which, u32 ptr, u32 max) {
  const char *const texts[] = {
      [RUNTIME_TEXT_RUNTIME] = WASM_RUNTIME,
      [RUNTIME_TEXT_ARCHITECTURE] = board_names.architecture,
      [RUNTIME_TEXT_PROCESSOR] = board_names.processor,
      [RUNTIME_TEXT_BOARD] = board_names.board,
  };
  uint8_t *out = memory_at(ptr, max);
  if (!out || which >= sizeof texts / sizeof *texts) return ARGUMENT;
  size_t count = strnlen(texts[which], max);
  memcpy(out, texts[which], count);
  return (u32)count;
}

u32 Z_halZ_build_digest(hal *unused, u32 to) {
  uint8_t *out = memory_at(to, sizeof wasm_digest);
  if (!out) return ARGUMENT;
  memcpy(out, wasm_digest, sizeof wasm_digest);
  return 0;
}

u32 Z_halZ_rom_read(hal *unused, u32 offset, u32 ptr, u32 count) {
  uint8_t *out = memory_at(ptr, count);
  if (!out || count > sizeof wasm_rom || offset > sizeof wasm_rom - count) return ARGUMENT;
  memcpy(out, wasm_rom + offset, count);
  return 0;
}

void Z_halZ_event(hal *unused, u32 code, u32 value) {
  board_event((enum hal_event)code, value);
}

void Z_halZ_reset(hal *unused) {
  runtime_reset();
}

u32 Z_halZ_reset_cause(hal *unused) {
  return board_reset_cause();
}

u32 Z_halZ_failures(hal *unused) {
  return secrets_failures().count;
}

u32 Z_halZ_last_failure(hal *unused) {
  return secrets_failures().cause;
}

u32 Z_halZ_failed_at(hal *unused) {
  return secrets_failures().at;
}

u32 Z_halZ_self_test(hal *unused) {
  return self_test();
}

u32 Z_halZ_random(hal *unused, u32 ptr, u32 count) {
  uint8_t *out = memory_at(ptr, count);
  return out ? done_or_device(crypto_random(out, count)) : ARGUMENT;
}

/* NOR */

/* Returns NULL if there is no such region. */
static const struct nor_region *region_of(u32 region) {
  if (region == REGION_TABLE) return &board_nor.table;
  return region == REGION_POLICY ? &board_nor.policy : NULL;
}

u32 Z_halZ_nor_sector_bytes(hal *unused, u32 region) {
  return region_of(region) ? board_nor.sector_bytes : ARGUMENT;
}
u32 Z_halZ_nor_sector_count(hal *unused, u32 region) {
  return region_of(region) ? region_of(region)->count : ARGUMENT;
}
u32 Z_halZ_nor_program_unit(hal *unused, u32 region) {
  return region_of(region) ? board_nor.program_unit : ARGUMENT;
}

/* Returns true if there is such a region, and all of `count` bytes lie in it. */
static bool in_region(u32 region, u32 address, u32 count) {
  if (!region_of(region)) return false;
  u32 bytes = region_of(region)->count * board_nor.sector_bytes;
  return count <= bytes && address <= bytes - count;
}
static u32 device_address(u32 region, u32 address) {
  return region_of(region)->start * board_nor.sector_bytes + address;
}

u32 Z_halZ_nor_read(hal *unused, u32 region, u32 address, u32 ptr, u32 count) {
  uint8_t *into = memory_at(ptr, count);
  if (!into || !in_region(region, address, count)) return ARGUMENT;
  return done_or_device(board_nor_read(device_address(region, address), into, count));
}

/*
 * Compares the flash with bytes. After the program (`programmed`) they must be equal; before it,
 * the bytes must not set a bit that is clear. Returns 0 or an error.
 */
static u32 compare(u32 address, const uint8_t *bytes, u32 count, bool programmed) {
  uint8_t held[32];
  for (u32 from = 0; from < count; from += sizeof held) {
    u32 some = count - from < sizeof held ? count - from : sizeof held;
    if (!board_nor_read(address + from, held, some)) return DEVICE;
    for (u32 i = 0; i < some; i++) {
      if (programmed && held[i] != bytes[from + i]) return DEVICE;
      if (!programmed && (bytes[from + i] & ~held[i]) != 0) return ARGUMENT;
    }
  }
  return 0;
}

u32 Z_halZ_nor_program(hal *unused, u32 region, u32 address, u32 ptr, u32 count) {
  /* One call of the firmware may do many programs and erases. They are slow, but cannot hang. */
  board_watchdog_feed();
  uint8_t *bytes = memory_at(ptr, count);
  if (!bytes || count == 0 || !in_region(region, address, count)) return ARGUMENT;
  if (address % board_nor.program_unit != 0 || count % board_nor.program_unit != 0) return ARGUMENT;
  address = device_address(region, address);
  u32 result = compare(address, bytes, count, false);
  if (result != 0) return result;
  if (!board_nor_program(address, bytes, count)) return DEVICE;
  return compare(address, bytes, count, true);
}

/* Reads an erase back: a device with a stuck bit may report success. */
static bool is_blank(u32 address, u32 count) {
  uint8_t held[64];
  board_watchdog_feed();
  for (u32 from = 0; from < count; from += sizeof held) {
    if (!board_nor_read(address + from, held, sizeof held)) return false;
    for (u32 i = 0; i < sizeof held; i++)
      if (held[i] != 0xff) return false;
  }
  return true;
}

u32 Z_halZ_nor_erase(hal *unused, u32 region, u32 address) {
  board_watchdog_feed();
  if (!in_region(region, address, board_nor.sector_bytes) || address % board_nor.sector_bytes != 0) return ARGUMENT;
  address = device_address(region, address);
  return done_or_device(board_nor_erase(address) && is_blank(address, board_nor.sector_bytes));
}

/* Keys */

static bool is_slot(u32 slot) { return slot < SIZE_KEY_SLOTS; }
static bool has_key(u32 slot) { return key_of((int32_t)slot) != NULL; }

/* The new key of a slot; NULL erases the slot. */
struct key_change {
  u32 slot;
  const uint8_t *key;
};

/*
 * Changes durable slots first, since only they can fail: if the first change fails, no slot has
 * changed. The firmware never changes two durable slots in one call.
 */
static u32 change_keys(const struct key_change *changes, int count) {
  for (int pass = 0; pass < 2; pass++) {
    for (int i = 0; i < count; i++) {
      int32_t slot = (int32_t)changes[i].slot;
      if ((slot < SIZE_DURABLE_KEY_SLOTS) == (pass == 1)) continue;
      if (!(changes[i].key ? key_set(slot, changes[i].key) : key_clear(slot))) return DEVICE;
    }
  }
  return 0;
}

/* Puts a new key into its slot, and wipes the caller's copy. */
static u32 store_key(u32 slot, uint8_t *key) {
  u32 result = change_keys(&(struct key_change){slot, key}, 1);
  crypto_wipe(key, KEY_BYTES);
  return result;
}

u32 Z_halZ_key_present(hal *unused, u32 slot) {
  return is_slot(slot) ? has_key(slot) : ARGUMENT;
}

u32 Z_halZ_key_generate(hal *unused, u32 slot) {
  uint8_t key[KEY_BYTES];
  if (!is_slot(slot)) return ARGUMENT;
  return crypto_random(key, KEY_BYTES) ? store_key(slot, key) : DEVICE;
}

u32 Z_halZ_key_load(hal *unused, u32 slot, u32 ptr) {
  uint8_t *bytes = memory_at(ptr, KEY_BYTES);
  if (!is_slot(slot) || !bytes) return ARGUMENT;
  return done_or_device(key_set((int32_t)slot, bytes));
}

u32 Z_halZ_key_combine(hal *unused, u32 a, u32 b, u32 to) {
  uint8_t both[KEY_BYTES];
  if (!is_slot(a) || !is_slot(b) || !is_slot(to)) return ARGUMENT;
  if (!has_key(a) || !has_key(b)) return ABSENT;
  for (int i = 0; i < KEY_BYTES; i++) both[i] = key_of((int32_t)a)[i] ^ key_of((int32_t)b)[i];
  struct key_change changes[3] = {{to, both}};
  int count = 1;
  if (a != to) changes[count++] = (struct key_change){a, NULL};
  if (b != to) changes[count++] = (struct key_change){b, NULL};
  u32 result = change_keys(changes, count);
  crypto_wipe(both, sizeof both);
  return result;
}

u32 Z_halZ_key_move(hal *unused, u32 from, u32 to) {
  uint8_t key[KEY_BYTES];
  if (!is_slot(from) || !is_slot(to)) return ARGUMENT;
  if (!has_key(from)) return ABSENT;
  if (from == to) return 0;
  memcpy(key, key_of((int32_t)from), KEY_BYTES);
  u32 result = change_keys((struct key_change[]){{to, key}, {from, NULL}}, 2);
  crypto_wipe(key, sizeof key);
  return result;
}

u32 Z_halZ_key_erase(hal *unused, u32 slot) {
  return is_slot(slot) ? done_or_device(key_clear((int32_t)slot)) : ARGUMENT;
}

u32 Z_halZ_key_derive(hal *unused, u32 from, u32 ptr, u32 count, u32 to) {
  uint8_t key[KEY_BYTES];
  uint8_t *info = memory_at(ptr, count);
  if (!is_slot(from) || !is_slot(to) || !info || count > INFO_MAX) return ARGUMENT;
  if (!has_key(from)) return ABSENT;
  bool done = crypto_hkdf(NULL, key_of((int32_t)from), KEY_BYTES, info, count, key, KEY_BYTES);
  return done ? store_key(to, key) : DEVICE;
}

/*
 * HKDF-SHA256 (RFC 5869) without info: writes `count` keys to `out`. Salt and input are slots;
 * the input KEY_SLOT_NONE is empty. Returns 0 or an error.
 */
static u32 hkdf_keys(u32 salt, u32 input, uint8_t *out, size_t count) {
  bool empty = (int32_t)input == KEY_SLOT_NONE;
  if (!is_slot(salt) || (!empty && !is_slot(input))) return ARGUMENT;
  if (!has_key(salt) || (!empty && !has_key(input))) return ABSENT;
  const uint8_t *material = empty ? (const uint8_t *)"" : key_of((int32_t)input);
  bool done = crypto_hkdf(key_of((int32_t)salt), material, empty ? 0 : KEY_BYTES, NULL, 0, out, count * KEY_BYTES);
  return done_or_device(done);
}

u32 Z_halZ_hkdf2_sha256(hal *unused, u32 salt, u32 input, u32 first, u32 second) {
  uint8_t keys[2 * KEY_BYTES];
  if (!is_slot(first) || !is_slot(second)) return ARGUMENT;
  u32 result = hkdf_keys(salt, input, keys, 2);
  if (result == 0) result = change_keys((struct key_change[]){{first, keys}, {second, keys + KEY_BYTES}}, 2);
  crypto_wipe(keys, sizeof keys);
  return result;
}

u32 Z_halZ_hkdf3_sha256(hal *unused, u32 salt, u32 input, u32 first, u32 ptr, u32 third) {
  uint8_t keys[3 * KEY_BYTES];
  uint8_t *out = memory_at(ptr, KEY_BYTES);
  if (!is_slot(first) || !is_slot(third) || !out) return ARGUMENT;
  u32 result = hkdf_keys(salt, input, keys, 3);
  if (result == 0) result = change_keys((struct key_change[]){{first, keys}, {third, keys + 2 * KEY_BYTES}}, 2);
  if (result == 0) memcpy(out, keys + KEY_BYTES, KEY_BYTES);
  crypto_wipe(keys, sizeof keys);
  return result;
}

u32 Z_halZ_sha256(hal *unused, u32 ptr, u32 count, u32 to) {
  uint8_t *bytes = memory_at(ptr, count), *out = memory_at(to, KEY_BYTES);
  return bytes && out ? done_or_device(crypto_sha256(bytes, count, out)) : ARGUMENT;
}

u32 Z_halZ_hmac_sha256(hal *unused, u32 slot, u32 ptr, u32 count, u32 to) {
  uint8_t *bytes = memory_at(ptr, count), *out = memory_at(to, KEY_BYTES);
  if (!is_slot(slot) || !bytes || !out) return ARGUMENT;
  if (!has_key(slot)) return ABSENT;
  return done_or_device(crypto_hmac(key_of((int32_t)slot), bytes, count, out));
}

u32 Z_halZ_x25519_public(hal *unused, u32 slot, u32 to) {
  uint8_t *out = memory_at(to, KEY_BYTES);
  if (!is_slot(slot) || !out) return ARGUMENT;
  if (!has_key(slot)) return ABSENT;
  crypto_public_key(key_of((int32_t)slot), out);
  return 0;
}

u32 Z_halZ_x25519(hal *unused, u32 slot, u32 ptr, u32 to) {
  uint8_t secret[KEY_BYTES];
  uint8_t *peer = memory_at(ptr, KEY_BYTES);
  if (!is_slot(slot) || !is_slot(to) || !peer) return ARGUMENT;
  if (!has_key(slot)) return ABSENT;
  return crypto_agree(key_of((int32_t)slot), peer, secret) ? store_key(to, secret) : ARGUMENT;
}

u32 Z_halZ_aead_seal(hal *unused, u32 slot, u32 nonce_ptr, u32 ad_ptr, u32 ad_count, u32 ptr, u32 count) {
  uint8_t *nonce = memory_at(nonce_ptr, NONCE_BYTES), *ad = memory_at(ad_ptr, ad_count);
  uint8_t *bytes = count <= UINT32_MAX - TAG_BYTES ? memory_at(ptr, count + TAG_BYTES) : NULL;
  if (!is_slot(slot) || !nonce || !ad || !bytes) return ARGUMENT;
  if (!has_key(slot)) return ABSENT;
  return done_or_device(crypto_seal(key_of((int32_t)slot), nonce, ad, ad_count, bytes, count));
}

u32 Z_halZ_aead_open(hal *unused, u32 slot, u32 nonce_ptr, u32 ad_ptr, u32 ad_count, u32 ptr, u32 count) {
  uint8_t *nonce = memory_at(nonce_ptr, NONCE_BYTES), *ad = memory_at(ad_ptr, ad_count), *bytes = memory_at(ptr, count);
  if (!is_slot(slot) || !nonce || !ad || !bytes || count < TAG_BYTES) return ARGUMENT;
  if (!has_key(slot)) return ABSENT;
  u32 text = count - TAG_BYTES;
  bool authentic = crypto_open(key_of((int32_t)slot), nonce, ad, ad_count, bytes, text);
  if (authentic) memset(bytes + text, 0, TAG_BYTES);
  else memset(bytes, 0, count);
  return authentic ? 0 : NOT_AUTHENTIC;
}

/* Registers and passwords */

u32 Z_halZ_register_get(hal *unused, u32 id, u32 ptr, u32 count) {
  uint8_t *out = memory_at(ptr, count);
  const uint8_t *value;
  if (id >= REGISTER_COUNT || !out || count > REGISTER_BYTES) return ARGUMENT;
  u32 length = (u32)secrets_get(SECRET_REGISTERS + id, &value);
  memset(out, 0, count);
  memcpy(out, value, length < count ? length : count);
  return 0;
}

u32 Z_halZ_register_set(hal *unused, u32 id, u32 ptr, u32 count) {
  uint8_t *bytes = memory_at(ptr, count);
  if (id >= REGISTER_COUNT || !bytes || count > REGISTER_BYTES) return ARGUMENT;
  return done_or_device(secrets_set(SECRET_REGISTERS + id, bytes, (int)count));
}

static bool is_menu_user(u32 who) { return who == MENU_USER_OPERATOR || who == MENU_USER_ADMINISTRATOR; }

u32 Z_halZ_passwords_set(hal *unused, u32 operator_ptr, u32 operator_count, u32 admin_ptr, u32 admin_count) {
  struct text operator = {memory_at(operator_ptr, operator_count), operator_count};
  struct text admin = {memory_at(admin_ptr, admin_count), admin_count};
  if (!operator.bytes || !admin.bytes || (operator.count == 0) != (admin.count == 0)) return ARGUMENT;
  return done_or_device(admin.count == 0 ? passwords_forget() : passwords_set(operator, admin));
}

u32 Z_halZ_password_present(hal *unused, u32 who) {
  return is_menu_user(who) ? password_present(who) : ARGUMENT;
}

u32 Z_halZ_password_check(hal *unused, u32 who, u32 ptr, u32 count) {
  struct text given = {memory_at(ptr, count), count};
  bool right;
  if (!is_menu_user(who) || !given.bytes) return ARGUMENT;
  if (!password_present(who)) return ABSENT;
  if (!password_check(who, given, &right)) return DEVICE;
  return right ? 0 : 1;
}
