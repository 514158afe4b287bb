/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what of a directory's answer is kept, and what its refusals mean. */

#include "directory.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "penregister/address.h"
#include "wire/wire.h"

#define RETRY_WORDS "Retry in "
/* Digits of one part of a duration; more are no time that anybody means. */
#define DURATION_DIGITS_MAX 9

const PenDirectoryKind *const pen_directory_kinds[] = {
  &pen_directory_phonebook,
  NULL,
};

typedef struct
{
  const char *condition;
  const char *text;
  PenDirectoryVerdict verdict;
} Refusal;

/* First match wins; a text of NULL matches any. Both servers' words for "I do
 * not speak with that host" stand first: they say nothing about the directory. */
static const Refusal refusals[] = {
  { "forbidden", "Access denied by service policy", PEN_DIRECTORY_UNREACHABLE },
  { "not-allowed", NULL, PEN_DIRECTORY_UNREACHABLE },
  { "remote-server-not-found", NULL, PEN_DIRECTORY_UNREACHABLE },
  { "remote-server-timeout", NULL, PEN_DIRECTORY_UNREACHABLE },
  { "service-unavailable", NULL, PEN_DIRECTORY_UNREACHABLE },
  { "not-authorized", NULL, PEN_DIRECTORY_OWN_USERS_ONLY },
  { "forbidden", NULL, PEN_DIRECTORY_OWN_USERS_ONLY },
  { "registration-required", NULL, PEN_DIRECTORY_OWN_USERS_ONLY },
  { "subscription-required", NULL, PEN_DIRECTORY_OWN_USERS_ONLY },
  { "policy-violation", NULL, PEN_DIRECTORY_RETRY_LATER },
  { "resource-constraint", NULL, PEN_DIRECTORY_RETRY_LATER },
  { "bad-request", NULL, PEN_DIRECTORY_BAD_REQUEST },
  { "jid-malformed", NULL, PEN_DIRECTORY_BAD_REQUEST },
  { "not-acceptable", NULL, PEN_DIRECTORY_BAD_REQUEST },
};

static const char *const sentences[PEN_N_DIRECTORY_VERDICTS] = {
  [PEN_DIRECTORY_OK] = N_ ("The directory has answered."),
  [PEN_DIRECTORY_OWN_USERS_ONLY]
  = N_ ("The directory answers only its own users, and your account is not one of them. It is not asked again; use "
        "an account there, or choose another directory in the account's settings."),
  [PEN_DIRECTORY_RETRY_LATER]
  = N_ ("The directory has had too many questions and answers none for a while. It is left alone until then; send "
        "by SMS, or wait."),
  [PEN_DIRECTORY_TOO_BIG]
  = N_ ("The directory refused the question because it holds more numbers than it ever answers. Ask for fewer "
        "numbers at once."),
  [PEN_DIRECTORY_BAD_REQUEST]
  = N_ ("The directory did not understand the question, so nothing is known about the number. Check the directory in "
        "the account's settings, or tell us about it."),
  [PEN_DIRECTORY_UNREACHABLE]
  = N_ ("The directory could not be reached, so nothing is known about the number. Check the directory in the "
        "account's settings, or try again later."),
  [PEN_DIRECTORY_FAILED]
  = N_ ("The directory failed or refused to answer, so nothing is known about the number. Try again later, or ask "
        "its operator."),
};

G_DEFINE_QUARK (pen-directory-error-quark, pen_directory_error)

static gboolean
has_feature (xmlnode *query, const char *feature)
{
  for (xmlnode *node = pen_wire_child (query, "feature", NULL); node != NULL; node = pen_wire_next (node))
    if (g_strcmp0 (xmlnode_get_attrib (node, "var"), feature) == 0)
      return TRUE;
  return FALSE;
}

const PenDirectoryKind *
pen_directory_kind_of (xmlnode *query)
{
  for (const PenDirectoryKind *const *kind = pen_directory_kinds; *kind != NULL; kind++)
    if (has_feature (query, (*kind)->feature))
      return *kind;
  return NULL;
}

static void
free_jids (gpointer data)
{
  g_ptr_array_unref (data);
}

PenDirectoryAnswer *
pen_directory_answer_new (void)
{
  PenDirectoryAnswer *answer = g_new0 (PenDirectoryAnswer, 1);

  answer->hits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_jids);
  return answer;
}

PenDirectoryAnswer *
pen_directory_answer_new_timeout (void)
{
  PenDirectoryAnswer *answer = pen_directory_answer_new ();

  answer->verdict = PEN_DIRECTORY_UNREACHABLE;
  return answer;
}

void
pen_directory_answer_free (PenDirectoryAnswer *answer)
{
  if (answer == NULL)
    return;
  g_hash_table_unref (answer->hits);
  g_free (answer->condition);
  g_free (answer->text);
  g_free (answer);
}

const char *const *
pen_directory_answer_jids (const PenDirectoryAnswer *answer, const char *number)
{
  static const char *const none[] = { NULL };
  GPtrArray *jids;

  g_return_val_if_fail (answer != NULL && number != NULL, none);

  jids = g_hash_table_lookup (answer->hits, number);
  return jids == NULL ? none : (const char *const *) jids->pdata;
}

void
pen_directory_answer_add (PenDirectoryAnswer *answer, const char *number, const char *jid)
{
  g_autofree char *bare = pen_jid_bare (jid);
  GPtrArray *jids = g_hash_table_lookup (answer->hits, number);

  if (bare == NULL || strchr (bare, '@') == NULL)
    return;
  if (jids == NULL)
    {
      jids = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (jids, NULL);
      g_hash_table_insert (answer->hits, g_strdup (number), jids);
    }
  if (jids->len > PEN_DIRECTORY_JIDS_MAX || g_strv_contains ((const char *const *) jids->pdata, bare))
    return;
  jids->pdata[jids->len - 1] = g_steal_pointer (&bare);
  g_ptr_array_add (jids, NULL);
}

/* A number and its unit. Returns: whether it was there; @text then stands behind it. */
static gboolean
take_part (const char **text, char unit, gint64 unit_s, gint64 *seconds)
{
  gsize digits = strspn (*text, "0123456789");
  gsize fraction = 0;

  if (unit == 'S' && (*text)[digits] == '.')
    {
      fraction = strspn (*text + digits + 1, "0123456789");
      if (fraction == 0 || fraction > DURATION_DIGITS_MAX)
        return FALSE;
      fraction++;
    }
  if (digits == 0 || digits > DURATION_DIGITS_MAX || (*text)[digits + fraction] != unit)
    return FALSE;
  *seconds += g_ascii_strtoll (*text, NULL, 10) * unit_s;
  if (fraction > 0 && strspn (*text + digits + 1, "0") < fraction - 1)
    *seconds += 1;
  *text += digits + fraction + 1;
  return TRUE;
}

gboolean
pen_directory_retry_read (const char *text, gint64 *seconds)
{
  const char *rest = text == NULL ? NULL : strstr (text, RETRY_WORDS);
  gint64 sum = 0;
  gboolean any;

  if (rest == NULL)
    return FALSE;
  rest += strlen (RETRY_WORDS);
  if (*rest++ != 'P')
    return FALSE;
  any = take_part (&rest, 'D', 24 * 60 * 60, &sum);
  if (*rest == 'T')
    {
      gboolean hours, minutes, last;

      rest++;
      hours = take_part (&rest, 'H', 60 * 60, &sum);
      minutes = take_part (&rest, 'M', 60, &sum);
      last = take_part (&rest, 'S', 1, &sum);
      any = hours || minutes || last;
    }
  if (!any || (*rest != '\0' && *rest != ' '))
    return FALSE;
  *seconds = sum;
  return TRUE;
}

/* Nothing, or a time of zero, is no promise: then a day. */
static void
read_retry (PenDirectoryAnswer *answer)
{
  gint64 seconds = 0;
  gboolean is_told = pen_directory_retry_read (answer->text, &seconds);

  if (is_told && seconds == 0)
    answer->verdict = PEN_DIRECTORY_TOO_BIG;
  answer->retry_s = seconds > 0 ? MIN (seconds, PEN_DIRECTORY_RETRY_MAX_S) : PEN_DIRECTORY_RETRY_DEFAULT_S;
}

gboolean
pen_directory_answer_refuse (PenDirectoryAnswer *answer, xmlnode *iq)
{
  g_autoptr (PenWireError) error = pen_wire_error_read (iq);

  if (error == NULL)
    return FALSE;
  answer->verdict = PEN_DIRECTORY_FAILED;
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      const Refusal *refusal = &refusals[i];

      if (g_str_equal (error->condition, refusal->condition)
          && (refusal->text == NULL || g_strcmp0 (error->text, refusal->text) == 0))
        {
          answer->verdict = refusal->verdict;
          break;
        }
    }
  answer->condition = g_steal_pointer (&error->condition);
  answer->text = g_steal_pointer (&error->text);
  if (answer->verdict == PEN_DIRECTORY_RETRY_LATER)
    read_retry (answer);
  return TRUE;
}

const char *
pen_directory_verdict_sentence (PenDirectoryVerdict verdict)
{
  g_return_val_if_fail (verdict < PEN_N_DIRECTORY_VERDICTS, "");

  return sentences[verdict];
}
