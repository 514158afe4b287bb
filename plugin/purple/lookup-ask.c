/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Asks whether people can be reached encrypted:
 *
 *   JID     -> device list of the JID -> (in a sweep) the bundles in it
 *   numbers -> directory -> device list of each JID that it answers
 *
 * and decides what the answers together say of a person: one list with a
 * device is yes; a question that could not be put means that nothing is known.
 * Cover subjects are asked about in the same way, and nothing is kept of them. */

#include "purple/lookup-ask.h"

#include "purple/message.h"
#include "purple/omemo-bundles.h"
#include "purple/omemo-talk.h"
#include "purple/queue.h"
#include "purple/request.h"
#include "purple/services.h"
#include "purple/talk.h"
#include "wire/wire.h"

#include <debug.h>
#include <glib/gi18n-lib.h>
#include <string.h>

/**
 * Asking: what the answer to one request has to know.
 * @address: (nullable): the person; %NULL for cover, and for a directory
 * @jid: (nullable): whose device list
 * @numbers: (nullable): asked of a directory; @is_cover: parallel to it
 * @with_bundles: all bundles of the list are asked for next
 */
typedef struct
{
  PenAddress *address;
  char *jid;
  char **numbers;
  GArray *is_cover;
  guint64 id;
  char *batch;
  char *rule;
  PenTrigger trigger;
  gboolean with_bundles;
} Asking;

/* Chunks of one sweep are one batch; wishes, and what answers lead to, are none. */
static const char *const lane_words[PEN_SCHEDULE_N_LANES] = {
  [PEN_SCHEDULE_LANE_SLOT] = "slot",
  [PEN_SCHEDULE_LANE_FAST] = "fast",
  [PEN_SCHEDULE_LANE_SWEEP] = "sweep",
};

static Asking *
asking_new (const PenScheduleBatch *batch)
{
  Asking *asking = g_new0 (Asking, 1);

  asking->id = batch->id;
  asking->rule = g_strdup (batch->rule);
  asking->trigger = batch->trigger;
  asking->with_bundles = batch->trigger == PEN_TRIGGER_SCHEDULE || batch->trigger == PEN_TRIGGER_MANUAL;
  if (lane_words[batch->lane] != NULL)
    asking->batch = g_strdup_printf ("%s:%" G_GUINT64_FORMAT, lane_words[batch->lane], batch->epoch);
  return asking;
}

static void
asking_free (Asking *asking)
{
  pen_address_free (asking->address);
  g_free (asking->jid);
  g_strfreev (asking->numbers);
  g_clear_pointer (&asking->is_cover, g_array_unref);
  g_free (asking->batch);
  g_free (asking->rule);
  g_free (asking);
}

static PenPerson *
person_of (PenAccount *account, const char *name)
{
  g_autoptr (PenAddress) address = pen_address_parse (name, NULL, NULL);

  return address != NULL ? pen_person_get (account, address, NULL) : NULL;
}

/* A sweep refreshes what is known, and holds no message up for it. */
static void
begin (PenAccount *account, PenPerson *person, gboolean is_wish)
{
  person->has_wish_row = FALSE;
  if (person->lookup != PEN_LOOKUP_PENDING)
    person->open_requests = 0;
  if (person->open_requests == 0)
    {
      person->best = PEN_ASK_NOT_VISIBLE;
      person->devices = 0;
      person->could_not = FALSE;
    }
  person->open_requests++;
  if (!is_wish && person->contact->state != PEN_CAPABILITY_UNKNOWN && person->lookup == PEN_LOOKUP_DONE)
    return;
  person->lookup = PEN_LOOKUP_PENDING;
  pen_talk_emit_route (account->purple, person->address->name);
}

static void
note_outcome (PenPerson *person, PenAskOutcome outcome, guint devices)
{
  if (outcome == PEN_ASK_YES && devices > 0)
    person->best = PEN_ASK_YES;
  if (outcome == PEN_ASK_COULD_NOT)
    person->could_not = TRUE;
  person->devices += devices;
}

static void
conclude (PenAccount *account, PenPerson *person)
{
  PenAskOutcome outcome = person->best;

  if (person->open_requests == 0 || --person->open_requests > 0)
    return;
  if (outcome != PEN_ASK_YES && person->could_not)
    outcome = PEN_ASK_COULD_NOT;
  person->lookup = outcome == PEN_ASK_COULD_NOT ? PEN_LOOKUP_FAILED : PEN_LOOKUP_DONE;
  pen_person_learn (account, person, outcome, person->devices, PEN_ORIGIN_ASKED);
  if (account->is_online)
    pen_message_release (account, person, TRUE);
}

/* Device lists */

static xmlnode *
items_of (xmlnode *iq)
{
  xmlnode *items = pen_omemo_items_read (iq);

  return items != NULL && g_strcmp0 (xmlnode_get_attrib (items, "node"), PEN_OMEMO_NODE_DEVICES) == 0 ? items : NULL;
}

/* What is no list says nothing of the person: as "none" it would take away the protection of who has one. A node
 * without an item is an answer, that nothing is published. */
static PenAskOutcome
read_list (xmlnode *iq, const char *jid, GArray **devices)
{
  g_autoptr (PenWireError) failure = iq != NULL ? pen_wire_error_read (iq) : NULL;
  xmlnode *items = iq != NULL ? items_of (iq) : NULL;
  g_autoptr (GError) error = NULL;

  if (iq == NULL)
    return PEN_ASK_COULD_NOT;
  if (failure != NULL)
    return pen_ask_outcome_from_error (failure->condition, failure->text);
  if (items != NULL && pen_wire_child (items, "item", NULL) == NULL)
    return PEN_ASK_NOT_VISIBLE;
  *devices = pen_omemo_devices_read (items, &error);
  if (*devices != NULL)
    return PEN_ASK_YES;
  purple_debug_warning ("penregister", "the device list of %s: %s\n", jid, error->message);
  return PEN_ASK_COULD_NOT;
}

static void
on_device_list (PenAccount *account, xmlnode *iq, gpointer data)
{
  Asking *asking = data;
  PenPerson *person = asking->address != NULL ? pen_person_get (account, asking->address, NULL) : NULL;
  g_autoptr (GArray) devices = NULL;
  PenAskOutcome outcome = read_list (iq, asking->jid, &devices);
  const PenBundleWish wish = { asking->trigger, asking->rule, asking->batch, asking->address == NULL };
  guint n_devices = 0;

  if (person != NULL && outcome == PEN_ASK_YES)
    pen_secrets_learn_list (account, asking->jid, items_of (iq), &n_devices);
  if (asking->with_bundles && devices != NULL && account->is_online)
    pen_bundles_ask_all (account, person, asking->jid, devices, &wish);
  if (person != NULL)
    {
      note_outcome (person, outcome, n_devices);
      conclude (account, person);
    }
  asking_free (asking);
}

static gint64
send_list_request (PenAccount *account, Asking *asking, gboolean is_cover)
{
  PenRequest wish = { "get", asking->jid, on_device_list, asking };
  g_autofree char *cover = is_cover ? g_strconcat ("xmpp:", asking->jid, NULL) : NULL;
  const char *const covers[] = { cover, NULL };
  PenGateTag tag = { .trigger = asking->trigger, .kind = PEN_KIND_DEVICE_LIST, .rule = asking->rule,
                     .batch = asking->batch, .covers = covers };
  gint64 row = pen_request_send (account, &wish, pen_omemo_items_build (PEN_OMEMO_NODE_DEVICES), &tag);

  if (row < 0)
    asking_free (asking);
  return row;
}

/* With a number, the person is the number's: their request is counted already. */
static gint64
ask_list (PenAccount *account, const PenScheduleBatch *batch, const PenScheduleSlot *slot, gboolean may_leave)
{
  PenPerson *person = NULL;
  Asking *asking;
  gint64 row = -1;

  if (!slot->is_cover)
    person = person_of (account, slot->number != NULL ? slot->number : slot->subject);
  if (person != NULL && slot->number == NULL)
    begin (account, person, batch->lane == PEN_SCHEDULE_LANE_WISH);
  if (may_leave)
    {
      asking = asking_new (batch);
      asking->address = person != NULL ? pen_address_copy (person->address) : NULL;
      asking->jid = g_strdup (slot->subject);
      row = send_list_request (account, asking, slot->is_cover);
    }
  if (row < 0 && person != NULL)
    {
      note_outcome (person, PEN_ASK_COULD_NOT, 0);
      conclude (account, person);
    }
  return row;
}

/* Directories */

static void
heed_verdict (PenAccount *account, PenPerson *person, const PenDirectoryAnswer *answer)
{
  g_autofree char *text = NULL;

  if (answer->verdict == PEN_DIRECTORY_OK)
    return;
  person->could_not = TRUE;
  text = answer->text != NULL
    ? g_strdup_printf ("%s (%s)", _(pen_directory_verdict_sentence (answer->verdict)), answer->text)
    : g_strdup (_(pen_directory_verdict_sentence (answer->verdict)));
  pen_talk_system (account->purple, person->address->name, text, FALSE);
}

/* A schedule does not heed it: a directory that could stop the batches would see what is asked when they begin again. */
static void
heed_pause (PenAccount *account, const Asking *asking, const PenDirectoryAnswer *answer)
{
  gboolean is_scheduled
    = asking->trigger == PEN_TRIGGER_SCHEDULE || pen_account_policy (account->purple).when == PEN_WHEN_BATCH;

  if (answer->verdict == PEN_DIRECTORY_OWN_USERS_ONLY)
    pen_services_directory_pause (account, 0);
  else if (!is_scheduled && answer->verdict != PEN_DIRECTORY_OK && answer->retry_s > 0)
    pen_services_directory_pause (account, (guint) answer->retry_s);
}

/* A JID at a gateway is a phone: the number itself decides about SMS. */
static char **
usable_jids (PenAccount *account, const char *const *jids)
{
  GPtrArray *usable = g_ptr_array_new ();

  for (guint i = 0; jids[i] != NULL; i++)
    {
      g_autofree char *domain = pen_jid_domain (jids[i]);

      if (!pen_services_is_gateway (account, domain))
        g_ptr_array_add (usable, g_strdup (jids[i]));
    }
  g_ptr_array_add (usable, NULL);
  return (char **) g_ptr_array_free (usable, FALSE);
}

/* Who agreed to write to one person in clear did not agree to another. */
static void
take_jids (PenPerson *person, char **jids)
{
  PenContact *contact = person->contact;
  g_autofree char *joined = g_strjoinv (" ", jids);

  if (g_strcmp0 (contact->jids, joined) != 0 && contact->choice == PEN_CHOICE_PLAIN)
    contact->choice = PEN_CHOICE_ASK;
  g_free (contact->jids);
  contact->jids = g_steal_pointer (&joined);
  person->open_requests += MIN (g_strv_length (jids), PEN_SCHEDULE_FOLLOW_MAX);
}

static PenDirectoryAnswer *
read_answer (PenAccount *account, xmlnode *iq, const Asking *asking)
{
  const PenDirectoryKind *kind = pen_directory_kinds[0];
  PenDirectoryAnswer *answer = iq != NULL ? pen_directory_answer_new () : pen_directory_answer_new_timeout ();
  g_autoptr (GError) error = NULL;

  pen_services_directory (account, &kind);
  if (iq == NULL || kind->parse (iq, (const char *const *) asking->numbers, answer, &error))
    return answer;
  purple_debug_warning ("penregister", "the directory's answer is not believed: %s\n", error->message);
  answer->verdict = PEN_DIRECTORY_FAILED;
  return answer;
}

/* Returns: the person behind the number at @i; NULL for cover. */
static PenPerson *
real_person (PenAccount *account, const Asking *asking, guint i)
{
  return g_array_index (asking->is_cover, gboolean, i) ? NULL : person_of (account, asking->numbers[i]);
}

static void
free_jids (gpointer jids)
{
  g_strfreev (jids);
}

static void
on_directory (PenAccount *account, xmlnode *iq, gpointer data)
{
  Asking *asking = data;
  g_autoptr (PenDirectoryAnswer) answer = read_answer (account, iq, asking);
  guint n = g_strv_length (asking->numbers);
  g_autofree PenScheduleAnswer *answers = g_new0 (PenScheduleAnswer, n + 1);
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (free_jids);
  gboolean is_ok = answer->verdict == PEN_DIRECTORY_OK;

  heed_pause (account, asking, answer);
  for (guint i = 0; i < n; i++)
    {
      PenPerson *person = real_person (account, asking, i);
      char **jids = usable_jids (account, pen_directory_answer_jids (answer, asking->numbers[i]));

      g_ptr_array_add (owned, jids);
      answers[i] = (PenScheduleAnswer) { asking->numbers[i], (const char *const *) jids };
      if (person != NULL)
        heed_verdict (account, person, answer);
      if (person != NULL && is_ok)
        take_jids (person, jids);
    }
  pen_queue_answered (account, asking->id, answers, is_ok ? n : 0);
  for (guint i = 0; i < n; i++)
    {
      PenPerson *person = real_person (account, asking, i);

      if (person != NULL)
        conclude (account, person);
    }
  asking_free (asking);
}

static gint64
send_numbers (PenAccount *account, Asking *asking)
{
  const PenDirectoryKind *kind = NULL;
  const char *host = pen_services_directory (account, &kind);
  g_autoptr (GPtrArray) covers = g_ptr_array_new_with_free_func (g_free);
  PenRequest wish = { "get", host, on_directory, asking };
  PenGateTag tag = { .trigger = asking->trigger, .kind = PEN_KIND_DIRECTORY, .rule = asking->rule,
                     .batch = asking->batch };

  if (host == NULL)
    return -1;
  for (guint i = 0; asking->numbers[i] != NULL; i++)
    if (g_array_index (asking->is_cover, gboolean, i))
      g_ptr_array_add (covers, g_strconcat ("tel:", asking->numbers[i], NULL));
  g_ptr_array_add (covers, NULL);
  tag.covers = (const char *const *) covers->pdata;
  return pen_request_send (account, &wish, kind->build ((const char *const *) asking->numbers), &tag);
}

static void
give_up_numbers (PenAccount *account, Asking *asking)
{
  pen_queue_answered (account, asking->id, NULL, 0);
  for (guint i = 0; asking->numbers[i] != NULL; i++)
    {
      PenPerson *person = real_person (account, asking, i);

      if (person == NULL)
        continue;
      person->could_not = TRUE;
      conclude (account, person);
    }
  asking_free (asking);
}

static gint64
ask_numbers (PenAccount *account, const PenScheduleBatch *batch, gboolean may_leave)
{
  Asking *asking = asking_new (batch);
  gint64 row = -1;

  asking->numbers = g_new0 (char *, batch->slots->len + 1);
  asking->is_cover = g_array_new (FALSE, TRUE, sizeof (gboolean));
  for (guint i = 0; i < batch->slots->len; i++)
    {
      const PenScheduleSlot *slot = g_ptr_array_index (batch->slots, i);
      PenPerson *person = slot->is_cover ? NULL : person_of (account, slot->subject);

      asking->numbers[i] = g_strdup (slot->subject);
      g_array_append_val (asking->is_cover, slot->is_cover);
      if (person != NULL)
        begin (account, person, batch->lane == PEN_SCHEDULE_LANE_WISH);
    }
  if (may_leave)
    row = send_numbers (account, asking);
  if (row < 0)
    give_up_numbers (account, asking);
  return row;
}

gint64
pen_lookup_ask (PenAccount *account, const PenScheduleBatch *batch, gboolean may_leave)
{
  gint64 first = 0;

  if (batch->only_keys)
    {
      pen_bundles_ask_wished (account, batch, may_leave);
      return 0;
    }
  if (batch->of == PEN_SCHEDULE_DIRECTORY)
    return ask_numbers (account, batch, may_leave);
  for (guint i = 0; i < batch->slots->len; i++)
    {
      gint64 row = ask_list (account, batch, g_ptr_array_index (batch->slots, i), may_leave);

      if (i == 0)
        first = row;
    }
  return first;
}
