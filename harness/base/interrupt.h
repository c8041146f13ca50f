/* SIGINT and SIGTERM as a flag that loops look at. */
#ifndef SEEP_BASE_INTERRUPT_H
#define SEEP_BASE_INTERRUPT_H

/* Installs the handlers (main.c, once), and has stops counted (base/clock.h). A second signal ends the process at once with 128 + signal. */
void interrupt_install(void);

/* 0, or the number of the signal that came. */
int interrupt_signal(void);

/* A descriptor that becomes readable when a signal came, and stays so: nobody reads from it, so that the loops of all
 * threads see it. -1 before interrupt_install(). */
int interrupt_descriptor(void);

#endif
