/* The panel of a trace: its size and its strap, the keys, and what the screen was sent. */
#ifndef TRACE_PANEL_H
#define TRACE_PANEL_H

/* Takes the line `screen`, if it is the next one. */
void trace_panel_begin(void);

#endif
