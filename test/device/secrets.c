/*
 * Cuts the power in every program and every erase of a workload on device/secrets.c, in many ways, and again in the start that follows. After that, each
 * value is the one before or the one after the change under way, and stays it; no key that is none any more can be read on flash; and once all
 * are erased, none that ever was.
 */
#define _GNU_SOURCE
#include "secrets.h"

#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

#define SECTOR_BYTES 2048
#define CHANGES 60
/* Of four cells. */
#define ROOM_BYTES 256

const struct nor_geometry board_nor = {
    .sector_bytes = SECTOR_BYTES, .program_unit = 1, .table = {.start = 2, .count = 2}, .secrets = {.start = 0, .count = 2}};

/* How an operation is cut: nothing of it was done, all of it, the part in front, the part behind, each bit by chance, all or nothing but for
 * one cell that reads at random from then on; and for an erase, zeros in front. */
enum tear { NOTHING, ALL, PREFIX, SUFFIX, CHANCE, WEAK_DONE, WEAK_UNDONE, ZEROED, TEARS };

struct cut {
  int at; /* of the operations since `arm`, -1 none */
  enum tear tear;
  unsigned part; /* in 16ths, or which cell */
};

static uint8_t flash[2 * SECTOR_BYTES];
static struct {
  int address; /* -1 none */
  uint8_t mask;
} weak;
static struct cut cut;
static int operations;
static jmp_buf power;

static uint32_t noise = 1;
static uint32_t chance(void) {
  noise ^= noise << 13;
  noise ^= noise >> 17;
  noise ^= noise << 5;
  return noise;
}

static void arm(struct cut next) {
  cut = next;
  operations = 0;
}
static const struct cut NO_CUT = {.at = -1};

/* Operations from the first to the last of these fail: none of them is done, or all and nobody hears of it, or that with the first alone. */
enum failure { NONE_DONE, ALL_DONE, FIRST_DONE, FAILURES };
static struct {
  int first, last;
  enum failure how;
} failing = {-1, -1, NONE_DONE};

static bool fails(void) { return operations >= failing.first && operations <= failing.last; }
static bool is_done(void) { return failing.how == ALL_DONE || (failing.how == FIRST_DONE && operations == failing.first); }

bool board_nor_read(uint32_t address, uint8_t *into, uint32_t count) {
  memcpy(into, flash + address, count);
  if (weak.address >= (int)address && weak.address < (int)(address + count) && (chance() & 64))
    into[weak.address - (int)address] ^= weak.mask;
  return true;
}

/* Brings `count` bytes to `wanted`, or a part of them and then cuts the power. */
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
      if (cut.tear == CHANCE) takes &= (uint8_t)(chance() >> 7);
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
  /* Programmed to 0, or erased, a cell is in doubt no more. */
  if (weak_here && !struck && (is_erase || !(wanted[weak.address - (int)address] & weak.mask))) weak.address = -1;
  if (struck) longjmp(power, 1);
}

/* A sector that takes no erase from an operation on; -1 none. */
static struct {
  int sector, from;
} worn = {-1, 0};

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

/* The values as they should be, and the change under way. */
struct value {
  uint8_t bytes[SECRET_BYTES];
  int count;
};
static struct value model[SECRETS];
static struct value wanted;
/* All keys and passwords that ever were. */
static struct value past[CHANGES];
static int pasts;
/* How many operations the first start of all takes. */
static int starting;
static int changing;
/* The change that failed first, -1 none: where its one program was done, the flash may have it. */
static struct {
  int id;
  struct value value;
} doubtful = {.id = -1};

/* A key that the workload does not have. */
#define NEVER_SET 7

static const int IDS[] = {0, 1, SECRET_REGISTERS + 1, SECRET_REGISTERS + 1, SECRET_REGISTERS + 2, SECRET_PASSWORDS + 1, SECRET_STARTS};

static void plan(int step) {
  changing = IDS[(step * 5 + step / 3) % (int)(sizeof IDS / sizeof *IDS)];
  wanted.count = step % 11 == 7 ? 0 : changing < SECRET_REGISTERS ? 32 : 4 + step % 40;
  for (int i = 0; i < SECRET_BYTES; i++) wanted.bytes[i] = i < wanted.count ? (uint8_t)((step + 3) * (i + 7) * 40503 >> 6) : 0;
}

static bool is(int id, const struct value *value) {
  const uint8_t *held;
  int count = secrets_get(id, &held);
  return count == value->count && memcmp(held, value->bytes, (size_t)count) == 0;
}

static bool set(int id, const struct value *value) { return secrets_set(id, value->bytes, value->count); }

static int failures, cases;
static void check(bool holds, const char *what, struct cut first, struct cut second) {
  if (holds) return;
  if (failures++ < 20)
    fprintf(stderr, "%s: operation %d tear %d part %u, then %d tear %d part %u\n", what, first.at, first.tear, first.part, second.at,
            second.tear, second.part);
}

static bool is_secret(int id) { return id < SECRET_REGISTERS || (id >= SECRET_PASSWORDS && id < SECRET_STARTS); }

static bool lies_on_flash(const struct value *key) { return memmem(flash, sizeof flash, key->bytes, (size_t)key->count) != NULL; }

static bool is_held(const struct value *key) {
  for (int id = 0; id < SECRETS; id++)
    if (is_secret(id) && is(id, key)) return true;
  return false;
}

/* Whether a key that is none any more can still be read on flash. */
static bool is_left(void) {
  for (int i = 0; i < pasts; i++)
    if (!is_held(&past[i]) && lies_on_flash(&past[i])) return true;
  return false;
}

/* Runs the workload on an empty flash, to its end or to the cut. Answers whether it came to its end. */
static bool work(void) {
  memset(flash, 0xff, sizeof flash);
  memset(model, 0, sizeof model);
  pasts = 0;
  weak.address = -1;
  changing = -1;
  doubtful.id = -1;
  if (setjmp(power)) return false;
  if (!secrets_start()) abort();
  starting = operations;
  for (volatile int step = 0; step < CHANGES; step++) {
    plan(step);
    if (is_secret(changing) && wanted.count > 0) past[pasts++] = wanted;
    if (!set(changing, &wanted)) {
      check(failing.first >= 0 || worn.sector >= 0, "a change fails", NO_CUT, NO_CUT);
      if (doubtful.id < 0) {
        doubtful.id = changing;
        doubtful.value = wanted;
      }
      /* It may be forgotten. */
      if (is(changing, &model[changing])) continue;
      check(wanted.count == 0, "a change that failed was made", NO_CUT, NO_CUT);
    } else if (failing.first < 0 || wanted.count == 0) {
      check(!is_left(), "a key was left on flash", NO_CUT, NO_CUT);
    }
    model[changing] = wanted;
    changing = -1;
  }
  return true;
}

/* Starts, perhaps to a further cut. */
static bool start(struct cut second) {
  arm(second);
  if (setjmp(power)) return false;
  if (!secrets_start()) abort();
  return true;
}

static void verify(struct cut first, struct cut second) {
  int decided = -1;
  cases++;
  for (int round = 0; round < 4; round++) {
    arm(NO_CUT);
    check(start(NO_CUT), "a start fails", first, second);
    for (int id = 0; id < SECRETS; id++) {
      if (id != changing) check(is(id, &model[id]), "a value was lost", first, second);
    }
    if (changing >= 0) {
      bool before = is(changing, &model[changing]), after = is(changing, &wanted);
      check(before || after, "a value is neither", first, second);
      bool same = decided < 0 || (decided ? after : before);
      check(same, "a value turned back", first, second);
      if (decided < 0) decided = after && !before;
    }
    check(!is_left(), "a key was left on flash", first, second);
    if (round == 1) {
      struct value next = {.count = 8, .bytes = {9, 9, 9, 9, 9, 9, 9, 9}};
      check(set(SECRET_REGISTERS + 4, &next), "the next change fails", first, second);
      model[SECRET_REGISTERS + 4] = next;
    }
  }
  memset(&model[SECRET_REGISTERS + 4], 0, sizeof *model);
  static const struct value none;
  for (int id = 0; id < SECRETS; id++)
    if (is_secret(id)) check(set(id, &none), "a key cannot be erased", first, second);
  check(!is_left(), "a key was left on flash when all were erased", first, second);
}

/* Runs the workload while the flash fails from one operation to another, and is cut as armed. */
static bool work_failing(int first, int last, enum failure how) {
  failing.first = first;
  failing.last = last;
  failing.how = how;
  bool ended = work();
  failing.first = failing.last = -1;
  return ended;
}

/* What comes after the flash failed. */
enum next { RESTART, CHANGE, ERASE_NOTHING, NEXTS };

static void verify_failure(int first, int last, enum failure how, enum next after) {
  static const struct value none, next = {.count = 8, .bytes = {9, 9, 9, 9, 9, 9, 9, 9}};
  struct cut at = {.at = first}, to = {.at = last};
  arm(NO_CUT);
  if (!work_failing(first, last, how)) abort();
  /* None has worked since it began. */
  bool fails_still = operations - 1 <= last;
  changing = -1;
  cases++;
  if (after == RESTART) check(start(NO_CUT), "a start fails after a failure", at, to);
  /* Where the flash failed until then, and did what it said it did not. */
  if (after == RESTART && how == FIRST_DONE && fails_still && doubtful.id >= 0) {
    if (is(doubtful.id, &doubtful.value)) model[doubtful.id] = doubtful.value;
  }
  if (after == CHANGE) check(set(SECRET_REGISTERS + 4, &next), "a change fails after a failure", at, to);
  if (after == ERASE_NOTHING) check(set(NEVER_SET, &none), "nothing cannot be erased after a failure", at, to);
  for (int id = 0; id < SECRETS; id++)
    if (id != SECRET_REGISTERS + 4) check(is(id, &model[id]), "a value was lost in a failure", at, to);
  check(!is_left(), "a key was left on flash after a failure", at, to);
}

/* One operation fails, and one soon after it is cut. */
static void verify_failure_and_cut(int failed, enum failure how, struct cut next) {
  arm(next);
  if (!work_failing(failed, failed, how)) verify((struct cut){.at = failed, .tear = how == NONE_DONE ? NOTHING : ALL}, next);
}

/* Whether the last cells of a sector, which a start may need, are blank. */
static bool has_room(int sector) {
  const uint8_t *end = flash + (sector + 1) * SECTOR_BYTES;
  for (const uint8_t *byte = end - ROOM_BYTES; byte < end; byte++)
    if (*byte != 0xff) return false;
  return true;
}

/* While a sector takes no erase, no key is left on it, and the log in the other one goes on to its end. */
static void verify_worn(int sector, int from) {
  struct cut at = {.at = from};
  worn.sector = sector;
  worn.from = from;
  arm(NO_CUT);
  if (!work()) abort();
  changing = -1;
  cases++;
  check(!is_left(), "a key was left on a sector that takes no erase", at, NO_CUT);
  worn.from = 0;
  while (has_room(1 - sector)) {
    check(start(NO_CUT), "a start fails where a sector takes no erase", at, NO_CUT);
    for (int id = 0; id < SECRETS; id++) check(is(id, &model[id]), "a value was lost where a sector takes no erase", at, NO_CUT);
    check(!is_left(), "a key was left where a sector takes no erase", at, NO_CUT);
  }
  worn.sector = -1;
}

/* The parts at which a tear is tried. */
static unsigned parts(enum tear tear, bool thorough) {
  if (tear == NOTHING || tear == ALL) return 1;
  if (tear == WEAK_DONE || tear == WEAK_UNDONE) return thorough ? 256 : 3;
  return thorough ? 16 : 3;
}

/* `every`: of the first cuts, how many are taken for one that is followed by a second. */
int main(int argc, char **argv) {
  struct cut first, second;
  int every = argc > 1 ? atoi(argv[1]) : 61, count = 0;
  arm(NO_CUT);
  if (!work()) abort();
  int total = operations;
  for (first.at = 0; first.at < total; first.at++) {
    for (first.tear = 0; first.tear < TEARS; first.tear++) {
      for (first.part = 0; first.part < parts(first.tear, true); first.part++) {
        arm(first);
        if (work()) abort();
        uint8_t left[sizeof flash];
        int weak_address = weak.address;
        memcpy(left, flash, sizeof flash);
        verify(first, NO_CUT);
        /* A second cut, in the start; a weak cell is one fault, and another one would be a third. */
        if (count++ % every != 0) continue;
        for (second.at = 0;; second.at++) {
          bool ended = false;
          for (second.tear = 0; second.tear < TEARS; second.tear++) {
            if (weak_address >= 0 && (second.tear == WEAK_DONE || second.tear == WEAK_UNDONE)) continue;
            for (unsigned part = 0; part < parts(second.tear, false); part++) {
              /* A little, half, and almost all of it. */
              second.part = 1 + 7 * part;
              memcpy(flash, left, sizeof flash);
              weak.address = weak_address;
              if (start(second)) ended = true;
              else verify(first, second);
            }
          }
          if (ended) break;
        }
      }
    }
  }
  /* The first operations are those of a start, which tries again from the beginning. */
  for (int from = starting; from < total; from++) {
    for (int how = 0; how < FAILURES; how++) {
      for (int after = 0; after < NEXTS; after++) {
        for (int count = 1; from + count <= total; count += count) verify_failure(from, from + count - 1, (enum failure)how, (enum next)after);
        /* To the end. */
        verify_failure(from, INT_MAX, (enum failure)how, (enum next)after);
      }
      /* Of one operation, the first is all. */
      for (int after = 1; how != FIRST_DONE && after <= 8; after++) {
        verify_failure_and_cut(from, (enum failure)how, (struct cut){.at = from + after, .tear = NOTHING});
        verify_failure_and_cut(from, (enum failure)how, (struct cut){.at = from + after, .tear = ALL});
      }
    }
  }
  for (int sector = 0; sector < 2; sector++)
    for (int from = starting; from < total; from++) verify_worn(sector, from);
  printf("{\"operations\":%d,\"cases\":%d,\"failures\":%d}\n", total, cases, failures);
  return failures > 0;
}
