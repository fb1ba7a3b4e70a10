/*
 * What the tables of several commands have in common.
 */
#ifndef COMMAND_SHARED_H
#define COMMAND_SHARED_H

#include "sockettool/option.h"

/* Fills struct framing_options. */
extern const struct option shared_framing[];

/* The choices of --model. */
option_choice shared_model_names;

#endif
