#include "secrets.h"

#include <string.h>

#include "board.h"
#include "crypto.h"

/*
 * Of the two sectors, one holds the log: a header, then one record for each change. The newest
 * record of an id counts. When the sector is full, the log moves to the other one:
 *
 * 1. The other sector is erased. It gets a copy of all values that hold, and then its header.
 * 2. ID_MARK is added: from here on the header is known to be whole.
 * 3. The first sector is cleared. ID_CLEARED is added, which says so.
 *
 * Header, marks and records are cells of one size.
 *
 * A power cut can leave a weak bit, which reads 0 or 1 by chance from then on. A start decides
 * what such a bit means, and no later start may read it again and decide otherwise. So each start
 * - programs a record that is not whole to zeros: a zero is never in doubt;
 * - programs the blank cell behind the last record to zeros: a cut program may have begun there
 *   and left no trace that this start can read;
 * - appends a copy of the last whole record, since the first one may have a weak bit.
 *
 * A key or a password that is erased or replaced must not stay on flash. Its old records are
 * programmed to zeros, and the sector that the log left is erased. If a power cut or a failure of
 * the flash prevents that, the next change or the next start does it.
 */

#define CELL_BYTES 64
#define VALUE_AT 4
#define SUM_AT 60
#define SUM_BYTES 4

/* Ids of cells that are not records. */
#define ID_HEADER 0xe0
#define ID_MARK 0xe1
#define ID_CLEARED 0xe2

static uint8_t values[SECRETS][SECRET_BYTES];
static uint8_t lengths[SECRETS];

/* The sector that holds the log, 0 or 1. */
static uint32_t sector;
/* Rises by one each time the log moves. */
static uint32_t sequence;
/* Index of the cell that the next record goes to. */
static uint32_t next;

/* The other sector holds nothing of an earlier log. */
static bool cleared;
/* The cell at `next` may not be blank, because its program failed. */
static bool spoiled;
/* Has bit `id` set if older records of a key or password may still be on flash. */
static uint32_t stale;

static uint8_t cell[CELL_BYTES];

static uint32_t cells(void) { return board_nor.sector_bytes / CELL_BYTES; }

static uint32_t address_of(uint32_t in, uint32_t index) {
  return (board_nor.secrets.start + in) * board_nor.sector_bytes + index * CELL_BYTES;
}

/*
 * The checksum is the first bytes of a SHA-256. Sequence and index go into it, so that a cell from
 * before the sector's last erase, or from another place, never counts.
 */
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

/* These feed the watchdog: on flash that fails they are slow, but they cannot hang. */
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

/* Finds a sector's sequence, 0 if it has no whole header. Returns false if the flash fails. */
static bool read_header(uint32_t in, uint32_t *found) {
  *found = 0;
  if (!board_nor_read(address_of(in, 0), cell, CELL_BYTES)) return false;
  uint32_t claimed;
  memcpy(&claimed, cell + VALUE_AT, 4);
  if (cell[0] == ID_HEADER && is_whole(claimed, 0)) *found = claimed;
  return true;
}

/* Programs all of a sector to zeros. For a worn sector, which takes no erase any more. */
static bool overwrite(uint32_t in) {
  for (uint32_t index = 0; index < cells(); index++) {
    if (!board_nor_read(address_of(in, index), cell, CELL_BYTES)) return false;
    if (!is_filled_with(0) && !put_zeros(in, index)) return false;
  }
  return true;
}

/*
 * Leaves nothing in a sector. The header goes first, so that an erase that is cut cannot leave a
 * sector that passes for a log.
 */
static bool clear_sector(uint32_t in) { return put_zeros(in, 0) && (erase(in) || overwrite(in)); }

/* True for keys and passwords: their old values must not stay on flash. */
static bool is_secret(uint32_t id) { return id < SECRET_REGISTERS || (id >= SECRET_PASSWORDS && id < SECRET_STARTS); }

/*
 * Programs all records of a secret to zeros, except the newest. Cells that are not whole are
 * programmed to zeros as well, since they may be records of it.
 */
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

/*
 * A start takes the first blank cell for the end of the log. So a cell whose program failed must
 * not stay blank: programs it to zeros.
 */
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
  /* Void it at once: if only its read-back failed, the record is on flash. */
  skip_spoiled();
  return false;
}

/* Clears what is left of earlier changes: the other sector, old records of keys and passwords. */
static bool clear_leftovers(void) {
  if (!skip_spoiled()) return false;
  if (!cleared) {
    if (!clear_sector(sector ^ 1)) return false;
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

/* Moves the log to the other sector: see the top of this file. */
static bool move(void) {
  uint32_t to = sector ^ 1, index = 1;
  cleared = false;
  if (!erase(to)) return false;
  for (int id = 0; id < SECRETS; id++) {
    if (lengths[id] > 0 && !put(to, sequence + 1, index++, (uint8_t)id, values[id], lengths[id])) return false;
  }
  uint32_t following = sequence + 1;
  if (!put_header(to, following)) return false;
  /* Until this mark is on flash, the old log counts. */
  if (!put(to, following, index++, ID_MARK, NULL, 0)) return false;
  sector = to;
  sequence = following;
  next = index;
  stale = 0;
  /* The move is done even if this fails: the next change or start tries again. */
  clear_leftovers();
  return true;
}

static bool append(uint8_t id, const uint8_t *value, int count) {
  if (!skip_spoiled() || (next == cells() && !move()) || !put_next(id, value, count)) return false;
  if (is_secret(id)) stale |= 1u << id;
  return true;
}

static void load(uint32_t *seen) {
  uint8_t id = cell[0];
  if (id == ID_CLEARED) cleared = true;
  if (id >= SECRETS || cell[1] > SECRET_BYTES) return;
  memcpy(values[id], cell + VALUE_AT, cell[1]);
  lengths[id] = cell[1];
  if (is_secret(id)) stale |= *seen & (1u << id);
  *seen |= 1u << id;
}

/* Reads the records of the sector, and decides what is in doubt. */
static bool read_log(void) {
  int last = -1;
  uint32_t seen = 0;
  for (next = 1; next < cells(); next++) {
    if (!board_nor_read(address_of(sector, next), cell, CELL_BYTES)) return false;
    if (is_filled_with(0xff)) break;
    if (is_whole(sequence, next)) {
      last = cell[0];
      load(&seen);
    } else if (!is_filled_with(0) && !put_zeros(sector, next)) {
      return false;
    }
  }
  crypto_wipe(cell, CELL_BYTES);
  /* A cut program may have begun in this cell and left no trace. */
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
  /* After a move, a sector has a header, all values and two marks. There must be room for more. */
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
    return erase(sector) && put_header(sector, sequence) && put(sector, sequence, 1, ID_MARK, NULL, 0) &&
           clear_leftovers();
  }
  /*
   * If both sectors have a log, the newer one counts if it has its mark. Without the mark, the
   * older log is untouched.
   */
  bool whole = has_mark(sector, found[sector]);
  bool alone = found[sector ^ 1] == 0;
  if (!alone && !whole) sector ^= 1;
  if (!alone && !clear_sector(sector ^ 1)) return false;
  sequence = found[sector];
  /* A header without a mark may have a weak bit: so move the log to a new one. */
  return read_log() && (whole || !alone || move()) && clear_leftovers();
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
  bool settled = clear_leftovers();
  return count > 0 || settled;
}
