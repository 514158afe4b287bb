/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The closed lists of words: one table a list, and the pair of functions that
 * every list has. */

#include "penregister/vocabulary.h"

static gboolean
find_word (const char *const *words, int n_words, const char *word, int *index)
{
  if (word == NULL)
    return FALSE;
  for (int i = 0; i < n_words; i++)
    if (g_str_equal (words[i], word))
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}

#define PEN_DEFINE_WORDS(name, Type, N, ...)                                  \
  static const char *const name##_words[N] = { __VA_ARGS__ };                 \
  const char *pen_##name##_to_string (Type value)                             \
  {                                                                           \
    g_return_val_if_fail ((int) value >= 0 && value < (N), "");               \
    return name##_words[value];                                               \
  }                                                                           \
  gboolean pen_##name##_from_string (const char *word, Type *value)           \
  {                                                                           \
    int index;                                                                \
    if (!find_word (name##_words, (N), word, &index))                         \
      return FALSE;                                                           \
    *value = (Type) index;                                                    \
    return TRUE;                                                              \
  }

PEN_DEFINE_WORDS (kind, PenKind, PEN_N_KINDS,
                  "device-list", "bundle", "directory", "gateway", "disco", "vcard", "avatar",
                  "presence", "roster", "room", "http", "delivery", "library", "other")
PEN_DEFINE_WORDS (trigger, PenTrigger, PEN_N_TRIGGERS,
                  "typed", "opened", "send", "schedule", "pushed", "library", "manual", "login")
PEN_DEFINE_WORDS (observer, PenObserver, PEN_N_OBSERVERS,
                  "home", "peer", "directory", "gateway", "web")
PEN_DEFINE_WORDS (row_status, PenRowStatus, PEN_N_ROW_STATUSES,
                  "recorded", "sent", "answered", "error", "timeout", "withheld", "dropped", "unknown")
PEN_DEFINE_WORDS (disclosed, PenDisclosed, PEN_N_DISCLOSED, "clear", "hashed", "blinded", "list")
PEN_DEFINE_WORDS (route, PenRoute, PEN_N_ROUTES, "encrypted", "sms", "plain", "hold")
PEN_DEFINE_WORDS (capability, PenCapabilityState, PEN_N_CAPABILITIES, "unknown", "absent", "encrypted")
PEN_DEFINE_WORDS (origin, PenOrigin, PEN_N_ORIGINS, "none", "pushed", "asked", "pinned", "chosen")
PEN_DEFINE_WORDS (when, PenWhen, PEN_N_WHENS, "typed", "send", "batch", "never")
PEN_DEFINE_WORDS (choice, PenChoice, PEN_N_CHOICES, "ask", "encrypted", "sms", "plain", "wait", "cancel")
PEN_DEFINE_WORDS (message_state, PenMessageState, PEN_N_MESSAGE_STATES,
                  "held", "sent", "accepted", "delivered", "failed", "unknown")
