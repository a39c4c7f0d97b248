#include "trace-panel.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "board.h"
#include "keypad.h"
#include "runtime.h"
#include "script.h"
#include "terminal.h"

/* An environment variable, so that size and strap survive a start. */
#define PANEL "OCTOBIND_PANEL"

void trace_panel_begin(void) {
  char text[32] = "";
  if (!script_has("screen")) return;
  script_text(1, text, sizeof text - 1);
  setenv(PANEL, text, 1);
  script_advance();
}

static struct {
  bool is_read, is_bench;
  struct panel_size size;
} panel;

static void read_panel(void) {
  const char *text = getenv(PANEL);
  unsigned columns, rows, strap;
  if (!panel.is_read && text && sscanf(text, "%u %u %u", &columns, &rows, &strap) == 3 && columns <= UINT8_MAX &&
      rows <= UINT8_MAX) {
    panel.size = (struct panel_size){(uint8_t)columns, (uint8_t)rows};
    panel.is_bench = strap == 1;
  }
  panel.is_read = true;
}

struct panel_size board_panel_size(void) {
  read_panel();
  return panel.size;
}

bool board_is_bench(void) {
  read_panel();
  return panel.is_bench;
}

/* Keys come from the trace, see __wrap_keypad_key, and nobody sees the screen. */
int board_panel_read(void) { return -1; }
int board_panel_write(const uint8_t *bytes, int count) {
  (void)bytes;
  return count;
}

/* The linker replaces functions by these, as in board.c. */

typedef Z_terminal_instance_t firmware;
typedef struct Z_hal_instance_t hal;

int __wrap_keypad_key(void);
int __wrap_keypad_key(void) {
  if (!script_has("press")) return -1;
  int64_t key = script_number(1);
  if (key < 0 || key > INT_MAX) script_invalid();
  return (int)key;
}

u32 __real_Z_terminalZ_press(firmware *of, u32 key);
u32 __wrap_Z_terminalZ_press(firmware *of, u32 key);
u32 __wrap_Z_terminalZ_press(firmware *of, u32 key) {
  script_expect("press %u", key);
  return __real_Z_terminalZ_press(of, key);
}

/* A line ends behind its numbers if there are no bytes. */
static void expect_bytes(u32 ptr, u32 count, const char *numbers) {
  if (count == 0) script_expect("%s", numbers);
  else script_expect_bytes(memory_data() + ptr, count, "%s", numbers);
}

u32 __real_Z_halZ_screen_write(hal *of, u32 row, u32 ptr, u32 count, u32 look, u32 column);
u32 __wrap_Z_halZ_screen_write(hal *of, u32 row, u32 ptr, u32 count, u32 look, u32 column);
u32 __wrap_Z_halZ_screen_write(hal *of, u32 row, u32 ptr, u32 count, u32 look, u32 column) {
  char numbers[64];
  snprintf(numbers, sizeof numbers, "row %d %d %d", (int)row, (int)look, (int)column);
  expect_bytes(ptr, count, numbers);
  return __real_Z_halZ_screen_write(of, row, ptr, count, look, column);
}

u32 __real_Z_halZ_screen_contrast(hal *of, u32 level);
u32 __wrap_Z_halZ_screen_contrast(hal *of, u32 level);
u32 __wrap_Z_halZ_screen_contrast(hal *of, u32 level) {
  script_expect("contrast %d", (int)level);
  return __real_Z_halZ_screen_contrast(of, level);
}

/* This machine draws no code: it returns what the recorded screen did. */
u32 __wrap_Z_halZ_screen_qr(hal *of, u32 ptr, u32 count);
u32 __wrap_Z_halZ_screen_qr(hal *of, u32 ptr, u32 count) {
  (void)of;
  if (!script_has("qr")) script_differs("qr");
  int result = (int)script_number(1);
  script_expect_bytes(memory_data() + ptr, count, "qr %d", result);
  return (u32)result;
}

void __real_Z_halZ_beep(hal *of, u32 sound);
void __wrap_Z_halZ_beep(hal *of, u32 sound);
void __wrap_Z_halZ_beep(hal *of, u32 sound) {
  script_expect("beep %d", (int)sound);
  __real_Z_halZ_beep(of, sound);
}
