/*
 * A Linux process as a board: `terminal FLASH SERIAL [--stdio] [--panel COLUMNSxROWS] [--bench]`.
 * FLASH is a file. The UART is a pseudo-terminal, whose path is printed; with `--stdio` it is
 * standard input and output, and the process ends with the input. `--panel` gives the terminal a
 * screen of that size, at a second pseudo-terminal, whose path is printed in the next line.
 * `--bench` sets the strap of a development terminal. SIGUSR1 opens the case.
 */
#define _GNU_SOURCE
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "flash.h"

/*
 * A reset runs the program again in the same process (`execv`), so that its memory is new. These
 * environment variables carry what a reset keeps. UART and PANEL hold file descriptors, which stay
 * open.
 */
#define CAUSE "OCTOBIND_CAUSE"
#define FAILED_AT "OCTOBIND_FAILED_AT"
#define UART "OCTOBIND_UART"
#define PANEL "OCTOBIND_PANEL"
#define TIME "OCTOBIND_TIME"
#define RECEIVED "OCTOBIND_RECEIVED"
/* The file descriptor that events are written to. Without it, events are dropped. */
#define EVENTS "OCTOBIND_EVENTS"

static char **arguments;
static int uart_in, uart_out;
/* Its pseudo-terminal; -1 without a panel. */
static int panel = -1;
static struct panel_size panel_size;
static bool is_bench;
static enum hal_reset_cause cause;
static uint32_t failed_at;
/* Added to the monotonic clock, gives the time of day. */
static bool has_time;
static int64_t time_offset;

static volatile sig_atomic_t opened;

static uint8_t received[4096];
static int received_bytes, received_next;

__attribute__((noreturn)) static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_pty(void) {
  struct termios raw;
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) fail("pseudo-terminal");
  /* Stays open: while no process has this end open, reading the other end fails. */
  int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  if (slave < 0 || tcgetattr(slave, &raw) != 0) fail("pseudo-terminal");
  cfmakeraw(&raw);
  if (tcsetattr(slave, TCSANOW, &raw) != 0) fail("pseudo-terminal");
  printf("%s\n", ptsname(master));
  fflush(stdout);
  return master;
}

static int64_t monotonic(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void open_case(int signal) {
  (void)signal;
  opened = true;
}

/*
 * Carries received bytes that the firmware has not taken yet through a reset. On a board they
 * would still be on the line.
 */
static void keep_received(void) {
  char text[2 * sizeof received + 1] = "";
  for (int i = 0; received_next + i < received_bytes; i++)
    snprintf(text + 2 * i, 3, "%02x", received[received_next + i]);
  setenv(RECEIVED, text, 1);
}

static void restore_received(const char *text) {
  for (unsigned byte; text && sscanf(text, "%2x", &byte) == 1; text += 2) received[received_bytes++] = (uint8_t)byte;
}

__attribute__((noreturn)) static void fail_usage(void) {
  fprintf(stderr, "usage: terminal FLASH SERIAL [--stdio] [--panel COLUMNSxROWS] [--bench]\n"
                  "SERIAL has at most 32 characters. A panel has 16x4 to 40x15 cells.\n");
  exit(2);
}

/* Returns true if the UART is standard input and output. */
static bool take_options(char **options) {
  bool is_stdio = false;
  for (; *options; options++) {
    if (strcmp(*options, "--stdio") == 0) {
      is_stdio = true;
    } else if (strcmp(*options, "--bench") == 0) {
      is_bench = true;
    } else {
      unsigned columns, rows;
      if (strcmp(*options, "--panel") != 0 || !*++options || sscanf(*options, "%ux%u", &columns, &rows) != 2 ||
          columns < 16 || columns > 40 || rows < 4 || rows > 15)
        fail_usage();
      panel_size = (struct panel_size){(uint8_t)columns, (uint8_t)rows};
    }
  }
  return is_stdio;
}

void board_start(int argc, char **argv) {
  if (argc < 3 || strlen(argv[2]) > 32) fail_usage();
  bool is_stdio = take_options(argv + 3);
  arguments = argv;
  flash_open(argv[1]);
  const char *before = getenv(CAUSE), *held = getenv(UART), *time_before = getenv(TIME), *at = getenv(FAILED_AT);
  const char *panel_held = getenv(PANEL);
  cause = before ? (enum hal_reset_cause)atoi(before) : RESET_CAUSE_POWER;
  failed_at = at ? (uint32_t)atoll(at) : 0;
  has_time = time_before != NULL;
  time_offset = has_time ? atoll(time_before) : 0;
  restore_received(getenv(RECEIVED));
  /* Blocked, except while board_sleep and board_wait_for_room wait: there it ends the sleep. */
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  sigaction(SIGUSR1, &(struct sigaction){.sa_handler = open_case}, NULL);
  uart_in = uart_out = held ? atoi(held) : is_stdio ? 0 : open_pty();
  if (is_stdio) uart_out = 1;
  if (panel_size.rows > 0) panel = panel_held ? atoi(panel_held) : open_pty();
}

struct panel_size board_panel_size(void) { return panel_size; }
bool board_is_bench(void) { return is_bench; }

bool board_is_open(void) {
  /* A signal that came outside of a sleep is still pending. */
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  if (sigtimedwait(&usr1, NULL, &(struct timespec){0}) == SIGUSR1) opened = true;
  bool was = opened;
  opened = false;
  return was;
}

void board_event(enum hal_event code, uint32_t value) {
  const char *events = getenv(EVENTS);
  if (!events) return;
  char line[32];
  int count = snprintf(line, sizeof line, "event %d %u\n", code, value);
  /* A pipe that nobody reads must not stop the terminal. */
  struct pollfd room = {.fd = atoi(events), .events = POLLOUT};
  if (poll(&room, 1, 0) == 1 && write(room.fd, line, (size_t)count) < 0) return;
}

uint32_t board_milliseconds(void) { return (uint32_t)monotonic(); }
void board_watchdog_feed(void) {}

int board_uart_read(void) {
  if (received_next == received_bytes) return -1;
  uint8_t byte = received[received_next];
  /* Wiped, since it may be a byte of a key. */
  received[received_next++] = 0;
  return byte;
}

/* What `write` takes without waiting if `poll` reports room. */
#define WRITTEN_BYTES 256

static int write_some(int file, const uint8_t *bytes, int count) {
  struct pollfd out = {.fd = file, .events = POLLOUT};
  if (poll(&out, 1, 0) <= 0) return 0;
  ssize_t taken = write(file, bytes, (size_t)(count < WRITTEN_BYTES ? count : WRITTEN_BYTES));
  return taken < 0 ? 0 : (int)taken;
}

int board_uart_write(const uint8_t *bytes, int count) { return write_some(uart_out, bytes, count); }
bool board_uart_idle(void) { return true; }
int board_panel_write(const uint8_t *bytes, int count) { return panel < 0 ? count : write_some(panel, bytes, count); }

int board_panel_read(void) {
  /* `poll` leaves out a negative file descriptor. */
  struct pollfd in = {.fd = panel, .events = POLLIN};
  uint8_t byte;
  return poll(&in, 1, 0) == 1 && read(panel, &byte, 1) == 1 ? byte : -1;
}

/*
 * Waits for an event on a file descriptor, or for the panel: for `ms` milliseconds, without that
 * limit if `ms` is negative. Returns false if the panel, the end of the time or SIGUSR1 came
 * first.
 */
static bool wait_for(int file, short event, int32_t ms) {
  struct pollfd awaited[] = {{.fd = file, .events = event}, {.fd = panel, .events = POLLIN}};
  struct timespec longest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
  sigset_t none;
  sigemptyset(&none);
  return ppoll(awaited, 2, ms < 0 ? NULL : &longest, &none) > 0 && awaited[0].revents != 0;
}

void board_wait_for_room(void) { wait_for(uart_out, POLLOUT, 100); }

void board_sleep(int32_t ms) {
  if (received_next < received_bytes || !wait_for(uart_in, POLLIN, ms)) return;
  ssize_t some = read(uart_in, received, sizeof received);
  if (some == 0) exit(0);
  received_next = 0;
  received_bytes = some < 0 ? 0 : (int)some;
}

bool board_rtc_get(int64_t *ms) {
  *ms = monotonic() + time_offset;
  return has_time;
}
void board_rtc_set(int64_t ms) {
  time_offset = ms - monotonic();
  has_time = true;
}

int board_serial_number(uint8_t *into, int max) {
  int count = (int)strnlen(arguments[2], (size_t)max);
  memcpy(into, arguments[2], (size_t)count);
  return count;
}

#if defined(__x86_64__)
#define PROCESSOR "x86_64"
#elif defined(__aarch64__)
#define PROCESSOR "aarch64"
#else
#define PROCESSOR "unknown"
#endif
const struct board_names board_names = {"posix", PROCESSOR, "linux"};

bool board_entropy(uint8_t *into) { return getrandom(into, 48, 0) == 48; }
enum hal_reset_cause board_reset_cause(void) { return cause; }
uint32_t board_failed_at(void) { return failed_at; }

/* The program has another address in each process, so failures are kept relative to its start. */
extern const char __executable_start;

void board_reset(enum hal_reset_cause why, const void *at) {
  char text[32];
  snprintf(text, sizeof text, "%d", why);
  setenv(CAUSE, text, 1);
  uint32_t offset = at ? (uint32_t)((uintptr_t)at - (uintptr_t)&__executable_start) : 0;
  if (why == RESET_CAUSE_TRAP) board_event(EVENT_TRAP, offset);
  snprintf(text, sizeof text, "%u", offset);
  setenv(FAILED_AT, text, 1);
  snprintf(text, sizeof text, "%d", uart_in);
  setenv(UART, text, 1);
  snprintf(text, sizeof text, "%d", panel);
  if (panel >= 0) setenv(PANEL, text, 1);
  snprintf(text, sizeof text, "%lld", (long long)time_offset);
  if (has_time) setenv(TIME, text, 1);
  keep_received();
  execv("/proc/self/exe", arguments);
  fail("reset");
}
