#include "flash.h"

#include <string.h>

#include "board.h"

const struct nor_geometry board_nor = {
    .sector_bytes = SECTOR_BYTES,
    .program_unit = 1,
    .table = {.start = 2, .count = 2},
    .secrets = {.start = 0, .count = 2},
};

uint8_t flash[2 * SECTOR_BYTES];
struct weak weak = {.address = -1};
int operations;
jmp_buf power;
static struct cut cut;

static uint32_t noise = 1;
static uint32_t random_bits(void) {
  noise ^= noise << 13;
  noise ^= noise >> 17;
  noise ^= noise << 5;
  return noise;
}

void arm(struct cut next) {
  cut = next;
  operations = 0;
}
const struct cut NO_CUT = {.at = -1};

struct failing failing = {-1, -1, NONE_DONE};

static bool fails(void) { return operations >= failing.first && operations <= failing.last; }
static bool is_done(void) {
  return failing.how == ALL_DONE || (failing.how == FIRST_DONE && operations == failing.first);
}

bool board_nor_read(uint32_t address, uint8_t *into, uint32_t count) {
  memcpy(into, flash + address, count);
  if (weak.address >= (int)address && weak.address < (int)(address + count) && (random_bits() & 64))
    into[weak.address - (int)address] ^= weak.mask;
  return true;
}

/* Changes `count` bytes to `wanted`. If it is to be cut, changes a part of them, and jumps. */
static void change(uint32_t address, const uint8_t *wanted, uint32_t count, bool is_erase) {
  uint8_t before[SECTOR_BYTES], *here = flash + address;
  bool struck = operations++ == cut.at;
  memcpy(before, here, count);
  uint32_t part = count * cut.part / 16, cells = 0;
  bool weak_here = weak.address >= (int)address && weak.address < (int)(address + count);
  for (uint32_t i = 0; i < count; i++) {
    uint8_t differs = before[i] ^ wanted[i];
    uint8_t takes = differs;
    if (struck) {
      if (cut.tear == NOTHING || cut.tear == WEAK_UNDONE) takes = 0;
      if (cut.tear == PREFIX && i >= part) takes = 0;
      if (cut.tear == SUFFIX && i < count - part) takes = 0;
      if (cut.tear == CHANCE) takes &= (uint8_t)(random_bits() >> 7);
      if (cut.tear == ZEROED) takes = i < part ? before[i] : 0;
      if (cut.tear == WEAK_DONE || cut.tear == WEAK_UNDONE) {
        for (int bit = 0; bit < 8; bit++) {
          if (!(differs & (1 << bit)) || cells++ != cut.part) continue;
          weak.address = (int)(address + i);
          weak.mask = (uint8_t)(1 << bit);
          weak_here = false;
        }
      }
    }
    here[i] = before[i] ^ takes;
  }
  /* A program to 0 or an erase, if it is not cut, makes a weak cell good again. */
  if (weak_here && !struck && (is_erase || !(wanted[weak.address - (int)address] & weak.mask))) weak.address = -1;
  if (struck) longjmp(power, 1);
}

struct worn worn = {-1, 0};

static bool operate(uint32_t address, const uint8_t *wanted, uint32_t count, bool is_erase) {
  if (is_erase && (int)(address / SECTOR_BYTES) == worn.sector && operations >= worn.from) {
    operations++;
    return false;
  }
  bool failed = fails();
  if (failed && !is_done()) operations++;
  else change(address, wanted, count, is_erase);
  return !failed;
}

bool board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t count) {
  uint8_t wanted[SECTOR_BYTES];
  for (uint32_t i = 0; i < count; i++) wanted[i] = flash[address + i] & bytes[i];
  return operate(address, wanted, count, false);
}

bool board_nor_erase(uint32_t address) {
  uint8_t wanted[SECTOR_BYTES];
  memset(wanted, 0xff, SECTOR_BYTES);
  return operate(address, wanted, SECTOR_BYTES, true);
}

void board_watchdog_feed(void) {}

unsigned parts(enum tear tear, bool thorough) {
  if (tear == NOTHING || tear == ALL) return 1;
  if (tear == WEAK_DONE || tear == WEAK_UNDONE) return thorough ? 256 : 3;
  return thorough ? 16 : 3;
}
