/*
 * The screen of a terminal, shown by a VT100 at the panel's line. What is sent follows from a copy
 * of the screen: what nobody reads is not lost, and is sent as it is by then.
 */
#ifndef PANEL_H
#define PANEL_H

#include <stdint.h>

/* Sends what has changed, as far as the line takes it. Does not wait. */
void panel_send(void);
/* Returns in how many milliseconds to call panel_send again; -1 if all is sent. */
int32_t panel_wait(void);
/* Sends the whole screen again. */
void panel_redraw(void);
/* Wipes the copy of the screen. The firmware writes all rows again. */
void panel_wipe(void);

#endif
