#include "panel.h"

#include <string.h>

#include "board.h"
#include "crypto.h"
#include "runtime.h"
#include "terminal.h"
#include "text.h"

#define ARGUMENT ((u32)HAL_ERROR_ARGUMENT)
#define ABSENT ((u32)HAL_ERROR_ABSENT)

#define COLUMNS_MIN 16
#define COLUMNS_MAX 40
#define ROWS_MIN 4
#define ROWS_MAX 15
#define CONTRAST_MAX 15u
/* A character has four bytes at most, and takes one cell at least. */
#define ROW_BYTES (4 * COLUMNS_MAX)
/* The longest piece is a row with its place and its attributes. */
#define PIECE_BYTES (ROW_BYTES + 24)
/* A line that takes nothing for so long has no reader. */
#define UNREAD_MS 1000u
/* A line of 115,200 bit/s sends a row in this time. */
#define SEND_MS 20

static struct row {
  uint8_t text[ROW_BYTES];
  uint8_t bytes, cells;
  bool is_reversed, is_stale;
} rows[ROWS_MAX];

/* No cursor is shown if `row` is -1. */
static struct {
  int row, column;
} cursor = {-1, 0};

static bool is_dark, must_clear, is_cursor_stale, must_beep;

/* What the line did not take yet. Of one thing alone, so that it is never of a screen long ago. */
static uint8_t piece[PIECE_BYTES];
static int piece_bytes, piece_sent;

static struct panel_size size(void) {
  struct panel_size of = board_panel_size();
  bool has_screen = of.columns >= COLUMNS_MIN && of.columns <= COLUMNS_MAX && of.rows >= ROWS_MIN && of.rows <= ROWS_MAX;
  return has_screen ? of : (struct panel_size){0, 0};
}

/* Writing */

static void put(const void *bytes, int count) {
  memcpy(piece + piece_bytes, bytes, (size_t)count);
  piece_bytes += count;
}

static void put_text(const char *text) { put(text, (int)strlen(text)); }

/* Moves to a cell; VT100s count from 1. */
static void put_place(int row, int column) {
  int numbers[] = {row + 1, column + 1};
  put_text("\33[");
  for (int i = 0; i < 2; i++) {
    char digits[] = {(char)('0' + numbers[i] / 10), (char)('0' + numbers[i] % 10)};
    put(digits, 2);
    put_text(i == 0 ? ";" : "H");
  }
}

/*
 * Erases before it writes: behind a row that is as wide as the window, a VT100 would erase the
 * last cell.
 */
static void put_row(int index) {
  struct row *row = &rows[index];
  row->is_stale = false;
  put_place(index, 0);
  put_text("\33[K");
  if (is_dark) return;
  if (row->is_reversed) put_text("\33[7m");
  put(row->text, row->bytes);
  if (!row->is_reversed) return;
  for (int cells = row->cells; cells < size().columns; cells++) put_text(" ");
  put_text("\33[0m");
}

static void put_cursor(void) {
  is_cursor_stale = false;
  if (cursor.row < 0 || is_dark) {
    put_text("\33[?25l");
  } else {
    put_place(cursor.row, cursor.column);
    put_text("\33[?25h");
  }
}

static int stale_row(void) {
  for (int row = 0; row < size().rows; row++)
    if (rows[row].is_stale) return row;
  return -1;
}

/* Makes the next piece if there is none. Returns false if all is sent. */
static bool has_piece(void) {
  if (piece_sent < piece_bytes) return true;
  /* Wiped, since a row may have a number that somebody types. */
  crypto_wipe(piece, sizeof piece);
  piece_bytes = piece_sent = 0;
  int row = stale_row();
  if (must_clear) {
    must_clear = false;
    put_text("\33[0m\33[2J");
  } else if (row >= 0) {
    put_row(row);
    is_cursor_stale = true;
  } else if (is_cursor_stale) {
    put_cursor();
  } else if (must_beep) {
    must_beep = false;
    put_text("\a");
  }
  return piece_bytes > 0;
}

void panel_send(void) {
  /* The line has taken nothing since then. */
  static bool is_stuck;
  static uint32_t since;
  while (has_piece()) {
    int taken = board_panel_write(piece + piece_sent, piece_bytes - piece_sent);
    if (taken <= 0) {
      if (!is_stuck) since = board_milliseconds();
      is_stuck = true;
      return;
    }
    piece_sent += taken;
    /* Somebody reads again. What the line held may have been thrown away. */
    if (is_stuck && board_milliseconds() - since >= UNREAD_MS) panel_redraw();
    is_stuck = false;
  }
}

int32_t panel_wait(void) { return has_piece() ? SEND_MS : -1; }

static void redraw_rows(void) {
  for (int row = 0; row < size().rows; row++) rows[row].is_stale = true;
}

void panel_redraw(void) {
  must_clear = size().rows > 0;
  redraw_rows();
}

void panel_wipe(void) {
  crypto_wipe(rows, sizeof rows);
  crypto_wipe(piece, sizeof piece);
  piece_bytes = piece_sent = 0;
  cursor.row = -1;
  panel_redraw();
}

/* The imports: docs/HAL.md, "The panel". */

typedef struct Z_hal_instance_t hal;
/* wasm2c passes an instance of the module to each import. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

u32 Z_halZ_screen_columns(hal *unused) {
  return size().columns > 0 ? size().columns : ABSENT;
}

u32 Z_halZ_screen_rows(hal *unused) {
  return size().rows > 0 ? size().rows : ABSENT;
}

u32 Z_halZ_screen_write(hal *unused, u32 at, u32 ptr, u32 count, u32 look, u32 column) {
  struct panel_size is = size();
  if (is.rows == 0) return ABSENT;
  const uint8_t *bytes = memory_at(ptr, count);
  if (at >= is.rows || !bytes) return ARGUMENT;
  int cells = text_cells(bytes, count);
  bool has_cursor = (int32_t)column >= 0;
  if (cells < 0 || cells > is.columns || (has_cursor && column >= is.columns)) return ARGUMENT;
  struct row *row = &rows[at];
  crypto_wipe(row->text, sizeof row->text);
  memcpy(row->text, bytes, count);
  row->bytes = (uint8_t)count;
  row->cells = (uint8_t)cells;
  row->is_reversed = look == ROW_LOOK_REVERSED;
  row->is_stale = true;
  if (has_cursor) {
    cursor.row = (int)at;
    cursor.column = (int)column;
  } else if (cursor.row == (int)at) {
    cursor.row = -1;
  }
  return 0;
}

u32 Z_halZ_screen_contrast(hal *unused, u32 level) {
  if (size().rows == 0) return ABSENT;
  if (level > CONTRAST_MAX) return ARGUMENT;
  if (is_dark != (level == 0)) {
    is_dark = level == 0;
    redraw_rows();
  }
  return 0;
}

/* A code would need more cells than a panel has: 21 modules and an edge of 4, two to a cell. */
u32 Z_halZ_screen_qr(hal *unused, u32 ptr, u32 count) {
  return ABSENT;
}

/* A VT100 has one sound, and a person hears each key that is typed. */
void Z_halZ_beep(hal *unused, u32 sound) {
  if (size().rows > 0 && sound != BEEP_KEY) must_beep = true;
}

u32 Z_halZ_bench(hal *unused) {
  return board_is_bench();
}
