#include "keypad.h"

#include <stddef.h>

#include "board.h"
#include "panel.h"

#define NO_KEY (-1)
#define ESC 0x1b
#define CTRL_L 0x0c
/* How long a sequence may pause. A person does not type its next byte so fast. */
#define PAUSE_MS 50u

/* Inside of `ESC`, `ESC [ …` or `ESC O`. */
static enum { NOWHERE, ESCAPE, CSI, SS3 } in;
/* The number before the last byte of `ESC [ 11 ~`. */
static uint32_t parameter;
/* When the last byte came. */
static uint32_t since;

/* Ends a sequence. Esc alone is Cancel; a sequence that has not ended is no key. */
static int give_up(void) {
  int key = in == ESCAPE ? KEY_CANCEL : NO_KEY;
  in = NOWHERE;
  return key;
}

static int key_of_byte(uint8_t byte) {
  switch (byte) {
    case 0x7f:
    case 0x08: return KEY_CLEAR;
    case 0x15: return KEY_CLEAR_ALL; /* Ctrl-U */
    case '\r':
    case '\n': return KEY_ENTER;
    case 'm':
    case 'M': return KEY_MENU;
    case 'a':
    case 'A':
    case '\t': return KEY_ALPHA;
    default: return byte >= '0' && byte <= '9' ? KEY_DIGIT0 + byte - '0' : NO_KEY;
  }
}

/* The last byte of a sequence: arrows are A and B; F1 is `ESC O P` or `ESC [ 11 ~`. */
static int key_of_sequence(uint8_t byte) {
  bool is_f1 = in == SS3 ? byte == 'P' : byte == '~' && parameter == 11;
  in = NOWHERE;
  return byte == 'A' ? KEY_UP : byte == 'B' ? KEY_DOWN : is_f1 ? KEY_MENU : NO_KEY;
}

static int take(uint8_t byte) {
  if (byte == ESC) {
    int before = give_up();
    in = ESCAPE;
    return before;
  }
  if (in == ESCAPE && (byte == '[' || byte == 'O')) {
    in = byte == '[' ? CSI : SS3;
    parameter = 0;
    return NO_KEY;
  }
  /* Parameters and intermediate bytes; the byte behind them is the last one (ECMA-48, 5.4). */
  if (in == CSI && byte >= 0x20 && byte <= 0x3f) {
    parameter = byte >= '0' && byte <= '9' ? parameter * 10 + byte - '0' : 0;
    return NO_KEY;
  }
  if (in == CSI || in == SS3) return key_of_sequence(byte);
  if (byte == CTRL_L) panel_redraw();
  return key_of_byte(byte);
}

int keypad_key(void) {
  /* A byte behind Esc alone is a key too. It waits here while Esc is one. */
  static int waiting = -1;
  for (;;) {
    int byte = waiting >= 0 ? waiting : board_panel_read();
    waiting = -1;
    if (byte < 0) break;
    since = board_milliseconds();
    if (in == ESCAPE && byte != ESC && byte != '[' && byte != 'O') {
      waiting = byte;
      return give_up();
    }
    int key = take((uint8_t)byte);
    if (key != NO_KEY) return key;
  }
  return in != NOWHERE && board_milliseconds() - since >= PAUSE_MS ? give_up() : NO_KEY;
}

int32_t keypad_wait(void) {
  if (in == NOWHERE) return -1;
  uint32_t passed = board_milliseconds() - since;
  return passed < PAUSE_MS ? (int32_t)(PAUSE_MS - passed) : 0;
}

void keypad_forget(void) {
  while (board_panel_read() >= 0) continue;
  in = NOWHERE;
}
