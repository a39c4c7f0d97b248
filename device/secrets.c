#include "secrets.h"

#include <string.h>

#include "board.h"
#include "crypto.h"

/*
 * Two sectors, of which one holds the log: a header, and behind it one record for each change; the newest of each id counts. When
 * the sector is full, the other one is erased, takes a copy of what holds, and then its header; then a mark says that it is whole, and
 * the first one is erased, which a last mark says. Header, marks and records are cells of one size.
 *
 * A cut may leave a cell of flash that reads at random. So whatever a start has read is never read again by a later one and believed: a
 * record that is not whole is programmed to zeros, the last whole one is written again, and so is the place behind it, where a
 * program may have begun. Zeros have no cell that can be in doubt.
 *
 * A key or a password that is none any more does not stay on flash: its records are programmed to zeros, and a sector that was left is
 * erased. What a cut or a failure keeps from that is done at the next start or change.
 */

#define CELL_BYTES 64
#define VALUE_AT 4
#define SUM_AT 60
#define SUM_BYTES 4

/* Ids of cells that are no record. */
#define ID_HEADER 0xe0
#define ID_MARK 0xe1
#define ID_CLEARED 0xe2

static uint8_t values[SECRETS][SECRET_BYTES];
static uint8_t lengths[SECRETS];

/* Sector of the log, 0 or 1; its sequence; the cell that comes next. */
static uint32_t sector;
static uint32_t sequence;
static uint32_t next;

/* Nothing of the log is in the other sector. */
static bool cleared;
/* The cell that comes next may not be blank: a record of it failed. */
static bool spoiled;
/* A bit for each secret of which an earlier record may be left. */
static uint32_t stale;

static uint8_t cell[CELL_BYTES];

static uint32_t cells(void) { return board_nor.sector_bytes / CELL_BYTES; }

static uint32_t address_of(uint32_t in, uint32_t index) {
  return (board_nor.secrets.start + in) * board_nor.sector_bytes + index * CELL_BYTES;
}

/* The checksum is a part of a SHA-256, seeded by where the cell is: one of an earlier life of the sector never counts. */
static bool sum_of(const uint8_t *of, uint32_t seed, uint32_t index, uint8_t out[SUM_BYTES]) {
  uint8_t bytes[SUM_AT + 8], digest[KEY_BYTES];
  memcpy(bytes, of, SUM_AT);
  memcpy(bytes + SUM_AT, &seed, 4);
  memcpy(bytes + SUM_AT + 4, &index, 4);
  bool done = crypto_sha256(bytes, sizeof bytes, digest);
  memcpy(out, digest, SUM_BYTES);
  crypto_wipe(bytes, sizeof bytes);
  return done;
}

static bool is_filled_with(uint8_t byte) {
  for (int i = 0; i < CELL_BYTES; i++)
    if (cell[i] != byte) return false;
  return true;
}

static bool is_whole(uint32_t seed, uint32_t index) {
  uint8_t sum[SUM_BYTES];
  return sum_of(cell, seed, index, sum) && memcmp(cell + SUM_AT, sum, SUM_BYTES) == 0;
}

/* Where the flash fails, each of these takes long, and comes to its end. */
static bool program(uint32_t in, uint32_t index) {
  board_watchdog_feed();
  return board_nor_program(address_of(in, index), cell, CELL_BYTES);
}
static bool erase(uint32_t in) {
  board_watchdog_feed();
  return board_nor_erase(address_of(in, 0));
}

/* Programs a cell, and reads it back. */
static bool put(uint32_t in, uint32_t seed, uint32_t index, uint8_t id, const uint8_t *value, int count) {
  uint8_t seen[CELL_BYTES];
  memset(cell, 0, CELL_BYTES);
  cell[0] = id;
  cell[1] = (uint8_t)count;
  if (count > 0) memcpy(cell + VALUE_AT, value, (size_t)count);
  bool done = sum_of(cell, seed, index, cell + SUM_AT) && program(in, index) &&
              board_nor_read(address_of(in, index), seen, CELL_BYTES) && memcmp(seen, cell, CELL_BYTES) == 0;
  crypto_wipe(cell, CELL_BYTES);
  crypto_wipe(seen, CELL_BYTES);
  return done;
}

static bool put_header(uint32_t in, uint32_t seed) { return put(in, seed, 0, ID_HEADER, (const uint8_t *)&seed, 4); }

static bool put_zeros(uint32_t in, uint32_t index) {
  memset(cell, 0, CELL_BYTES);
  return program(in, index);
}

/* The sequence of a sector with a whole header, 0 where it has none. */
static bool read_header(uint32_t in, uint32_t *found) {
  *found = 0;
  if (!board_nor_read(address_of(in, 0), cell, CELL_BYTES)) return false;
  uint32_t claimed;
  memcpy(&claimed, cell + VALUE_AT, 4);
  if (cell[0] == ID_HEADER && is_whole(claimed, 0)) *found = claimed;
  return true;
}

/* For a sector that takes no erase any more. */
static bool overwrite(uint32_t in) {
  for (uint32_t index = 0; index < cells(); index++) {
    if (!board_nor_read(address_of(in, index), cell, CELL_BYTES)) return false;
    if (!is_filled_with(0) && !put_zeros(in, index)) return false;
  }
  return true;
}

/* Makes a sector no log, in steps of which each leaves nothing in doubt that the next one needs; and leaves nothing of what was there. */
static bool retire(uint32_t in) { return put_zeros(in, 0) && (erase(in) || overwrite(in)); }

/* Whether what it was must not be left. */
static bool is_secret(uint32_t id) { return id < SECRET_REGISTERS || (id >= SECRET_PASSWORDS && id < SECRET_STARTS); }

/* Programs all records of a secret but the last one to zeros; and what reads as no record, which may be one of it in doubt. */
static bool forget(uint32_t id) {
  bool seen = false;
  for (uint32_t index = next - 1; index > 0; index--) {
    if (!board_nor_read(address_of(sector, index), cell, CELL_BYTES)) return false;
    bool whole = is_whole(sequence, index);
    if (whole ? cell[0] != id : is_filled_with(0)) continue;
    if (whole && !seen) seen = true;
    else if (!put_zeros(sector, index)) return false;
  }
  crypto_wipe(cell, CELL_BYTES);
  return true;
}

/* Behind a cell that is blank there is no log: one that failed is programmed to zeros. */
static bool skip_spoiled(void) {
  if (spoiled && !put_zeros(sector, next)) return false;
  if (spoiled) next++;
  spoiled = false;
  return true;
}

static bool put_next(uint8_t id, const uint8_t *value, int count) {
  spoiled = !put(sector, sequence, next, id, value, count);
  if (!spoiled) {
    next++;
    return true;
  }
  /* What failed may be no more than reading it back. */
  skip_spoiled();
  return false;
}

/* Clears what was left of earlier records. */
static bool settle(void) {
  if (!skip_spoiled()) return false;
  if (!cleared) {
    if (!retire(sector ^ 1)) return false;
    cleared = true;
    if (next < cells() && !put_next(ID_CLEARED, NULL, 0)) return false;
  }
  for (uint32_t id = 0; id < SECRETS; id++) {
    if (!(stale & (1u << id))) continue;
    if (!forget(id)) return false;
    stale &= ~(1u << id);
  }
  return true;
}

/* Moves the log to the other sector. */
static bool move(void) {
  uint32_t to = sector ^ 1, index = 1;
  cleared = false;
  if (!erase(to)) return false;
  for (int id = 0; id < SECRETS; id++) {
    if (lengths[id] > 0 && !put(to, sequence + 1, index++, (uint8_t)id, values[id], lengths[id])) return false;
  }
  uint32_t following = sequence + 1;
  if (!put_header(to, following)) return false;
  /* From here on the header is whole beyond doubt; before, the old log is. */
  if (!put(to, following, index++, ID_MARK, NULL, 0)) return false;
  sector = to;
  sequence = following;
  next = index;
  stale = 0;
  /* Nothing depends on it: where it fails, it is tried again. */
  settle();
  return true;
}

static bool append(uint8_t id, const uint8_t *value, int count) {
  if (!skip_spoiled() || (next == cells() && !move()) || !put_next(id, value, count)) return false;
  if (is_secret(id)) stale |= 1u << id;
  return true;
}

static void take(uint32_t *seen) {
  uint8_t id = cell[0];
  if (id == ID_CLEARED) cleared = true;
  if (id >= SECRETS || cell[1] > SECRET_BYTES) return;
  memcpy(values[id], cell + VALUE_AT, cell[1]);
  lengths[id] = cell[1];
  if (is_secret(id)) stale |= *seen & (1u << id);
  *seen |= 1u << id;
}

/* Reads the sector's records, and settles what is in doubt. */
static bool read_log(void) {
  int last = -1;
  uint32_t seen = 0;
  for (next = 1; next < cells(); next++) {
    if (!board_nor_read(address_of(sector, next), cell, CELL_BYTES)) return false;
    if (is_filled_with(0xff)) break;
    if (is_whole(sequence, next)) {
      last = cell[0];
      take(&seen);
    } else if (!is_filled_with(0) && !put_zeros(sector, next)) {
      return false;
    }
  }
  crypto_wipe(cell, CELL_BYTES);
  /* A program that was cut may have begun there without a trace. */
  if (next < cells() && !put_zeros(sector, next++)) return false;
  return last < 0 || last >= SECRETS || append((uint8_t)last, values[last], lengths[last]);
}

static bool has_mark(uint32_t in, uint32_t seed) {
  for (uint32_t index = 1; index <= SECRETS + 1; index++) {
    if (!board_nor_read(address_of(in, index), cell, CELL_BYTES)) return false;
    if (cell[0] == ID_MARK && is_whole(seed, index)) return true;
  }
  return false;
}

bool secrets_start(void) {
  uint32_t found[2];
  /* A copy of all values, its header and its marks must leave room for changes. */
  if (cells() < SECRETS + 4) return false;
  memset(lengths, 0, sizeof lengths);
  cleared = false;
  spoiled = false;
  stale = 0;
  for (uint32_t in = 0; in < 2; in++)
    if (!read_header(in, &found[in])) return false;
  sector = found[1] > found[0] ? 1 : 0;
  if (found[sector] == 0) {
    /* No log yet. */
    sequence = 1;
    next = 2;
    return erase(sector) && put_header(sector, sequence) && put(sector, sequence, 1, ID_MARK, NULL, 0) && settle();
  }
  /* Of two logs the newer one counts if its mark says that it is whole; without one, the older was never touched. */
  bool whole = has_mark(sector, found[sector]);
  bool alone = found[sector ^ 1] == 0;
  if (!alone && !whole) sector ^= 1;
  if (!alone && !retire(sector ^ 1)) return false;
  sequence = found[sector];
  /* A header without a mark may be in doubt. */
  return read_log() && (whole || !alone || move()) && settle();
}

int secrets_get(enum secret id, const uint8_t **value) {
  *value = values[id];
  return lengths[id];
}

struct failures secrets_failures(void) {
  struct failures kept = {0};
  if (lengths[SECRET_FAILURES] == sizeof kept) memcpy(&kept, values[SECRET_FAILURES], sizeof kept);
  return kept;
}

bool secrets_set(enum secret id, const uint8_t *value, int count) {
  if (count > 0 || lengths[id] > 0) {
    if (!append((uint8_t)id, value, count)) return false;
    crypto_wipe(values[id], SECRET_BYTES);
    if (count > 0) memcpy(values[id], value, (size_t)count);
    lengths[id] = (uint8_t)count;
  }
  bool settled = settle();
  return count > 0 || settled;
}
