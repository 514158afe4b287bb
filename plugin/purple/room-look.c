/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Gathers what pen_room_decide() wants to know about a room's members, asks
 * about them as the policy allows, and says the decision in words. */

#include "purple/room.h"

#include "purple/lookup.h"
#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/services.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* More names do not make a sentence clearer. */
#define NAMES_MAX 5

/** How it stands with one member; the last ones are in the way. */
typedef enum
{
  MEMBER_CAN_READ,
  MEMBER_NOT_YET_ASKED,   /* fine until somebody writes */
  MEMBER_ASKING,
  MEMBER_WITHHELD,
  MEMBER_COULD_NOT_ASK,
  MEMBER_UNREACHABLE,
  N_MEMBER_STATES
} MemberState;

typedef struct
{
  PenRoom *room;
  PenRoomAsks asks;
  GPtrArray *others;
  GPtrArray *by_state[N_MEMBER_STATES];
} Look;

static PenPerson *
person_of (PenAccount *account, const char *jid)
{
  g_autoptr (PenAddress) address = pen_address_parse (jid, NULL, NULL);
  g_autofree char *domain = pen_jid_domain (jid);

  /* Nobody asks for the keys of a number at a gateway. */
  if (address == NULL || address->kind != PEN_ADDRESS_XMPP || pen_services_is_gateway (account, domain))
    return NULL;
  return pen_person_get (account, address, NULL);
}

static int
compare_jids (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
members_of (PenRoom *room)
{
  g_autoptr (GHashTable) jids = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *others = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer jid;

  g_hash_table_iter_init (&iter, room->affiliated);
  while (g_hash_table_iter_next (&iter, &jid, NULL))
    g_hash_table_add (jids, jid);
  g_hash_table_iter_init (&iter, room->occupants);
  while (g_hash_table_iter_next (&iter, NULL, &jid))
    if (((const char *) jid)[0] != '\0')
      g_hash_table_add (jids, jid);
  g_hash_table_iter_init (&iter, jids);
  while (g_hash_table_iter_next (&iter, &jid, NULL))
    if (!g_str_equal (jid, room->account->bare))
      g_ptr_array_add (others, g_strdup (jid));
  g_ptr_array_sort (others, compare_jids);
  return others;
}

static gboolean
needs_question (const Look *look, const PenPerson *person)
{
  if (look->asks == PEN_ROOM_ASK_ALL)
    return TRUE;
  return look->asks == PEN_ROOM_ASK_REST && person->contact->state == PEN_CAPABILITY_UNKNOWN
         && (person->lookup == PEN_LOOKUP_DONE || person->lookup == PEN_LOOKUP_NOT_YET);
}

static MemberState
state_of_list (const Look *look, const char *jid)
{
  PenAccount *account = look->room->account;
  PenPerson *person = person_of (account, jid);

  if (person == NULL)
    return MEMBER_UNREACHABLE;
  if (needs_question (look, person))
    pen_lookup_want (account, person, PEN_TRIGGER_SEND);
  if (person->contact->state == PEN_CAPABILITY_ENCRYPTED)
    return MEMBER_CAN_READ;
  if (person->lookup == PEN_LOOKUP_PENDING || person->lookup == PEN_LOOKUP_WAITING)
    return MEMBER_ASKING;
  if (person->contact->state == PEN_CAPABILITY_ABSENT)
    return MEMBER_UNREACHABLE;
  if (person->lookup == PEN_LOOKUP_WITHHELD)
    return MEMBER_WITHHELD;
  return person->lookup == PEN_LOOKUP_FAILED || look->asks != PEN_ROOM_ASK_NOTHING ? MEMBER_COULD_NOT_ASK
                                                                                  : MEMBER_NOT_YET_ASKED;
}

static gboolean
is_usable (const PenOmemoDevice *device)
{
  return device->is_active && device->has_session
         && (device->trust == PEN_OMEMO_BLIND || device->trust == PEN_OMEMO_TRUSTED);
}

static MemberState
state_of_keys (PenAccount *account, const char *jid)
{
  PenPerson *person = person_of (account, jid);
  g_autoptr (GPtrArray) devices = pen_omemo_devices (pen_secrets_engine (account), jid, NULL);

  if (person != NULL && (person->open_bundles > 0 || person->lookup == PEN_LOOKUP_WAITING))
    return MEMBER_ASKING;
  for (guint i = 0; devices != NULL && i < devices->len; i++)
    if (is_usable (g_ptr_array_index (devices, i)))
      return MEMBER_CAN_READ;
  return MEMBER_UNREACHABLE;
}

static void
sort_in (Look *look, const char *jid, MemberState state)
{
  g_ptr_array_add (look->by_state[state], g_strdup (jid));
}

static void
empty (Look *look)
{
  for (guint i = 0; i < N_MEMBER_STATES; i++)
    g_ptr_array_set_size (look->by_state[i], 0);
}

static PenRoomDecision
decide (const Look *look)
{
  const PenRoom *room = look->room;
  PenRoomFacts facts = {
    .config = room->config,
    .members_only = room->members_only,
    .non_anonymous = room->non_anonymous,
    .members = room->members,
    .chosen_plain = room->chosen_plain,
    .pinned = room->pinned,
    .omemo = pen_secrets_engine (room->account) != NULL,
    .others = look->others->len,
    .asking = look->by_state[MEMBER_ASKING]->len,
    .withheld = look->by_state[MEMBER_WITHHELD]->len,
    .could_not = look->by_state[MEMBER_COULD_NOT_ASK]->len,
    .unreachable = look->by_state[MEMBER_UNREACHABLE]->len,
  };

  return pen_room_decide (&facts);
}

/* Keys are asked for when nothing else stands in the way: who would be told
 * nothing anyway is not asked about. */
static PenRoomDecision
decide_about_keys (Look *look)
{
  PenAccount *account = look->room->account;
  gboolean is_open;

  g_ptr_array_add (look->others, NULL);
  is_open = pen_secrets_ask_bundles (account, (const char *const *) look->others->pdata);
  g_ptr_array_set_size (look->others, (int) look->others->len - 1);
  empty (look);
  for (guint i = 0; i < look->others->len; i++)
    sort_in (look, g_ptr_array_index (look->others, i), state_of_keys (account, g_ptr_array_index (look->others, i)));
  /* Those of our own other devices count too. */
  if (is_open && look->by_state[MEMBER_ASKING]->len == 0)
    sort_in (look, account->bare, MEMBER_ASKING);
  return decide (look);
}

static MemberState
state_in_the_way (PenRoomReason reason)
{
  switch (reason)
    {
    case PEN_ROOM_REASON_WITHHELD:
      return MEMBER_WITHHELD;
    case PEN_ROOM_REASON_COULD_NOT_ASK:
      return MEMBER_COULD_NOT_ASK;
    case PEN_ROOM_REASON_UNREACHABLE:
      return MEMBER_UNREACHABLE;
    default:
      return N_MEMBER_STATES;
    }
}

static gboolean
may_ask_about_members (const Look *look)
{
  PenRoomDecision decision = decide (look);

  return decision.route == PEN_ROUTE_ENCRYPTED;
}

void
pen_room_look (PenRoom *room, PenRoomAsks asks, PenRoomView *view)
{
  Look look = { room, asks, members_of (room), { NULL } };
  MemberState state;

  for (guint i = 0; i < N_MEMBER_STATES; i++)
    look.by_state[i] = g_ptr_array_new_with_free_func (g_free);
  if (may_ask_about_members (&look))
    for (guint i = 0; i < look.others->len; i++)
      sort_in (&look, g_ptr_array_index (look.others, i), state_of_list (&look, g_ptr_array_index (look.others, i)));
  view->decision = decide (&look);
  if (view->decision.route == PEN_ROUTE_ENCRYPTED && asks != PEN_ROOM_ASK_NOTHING)
    view->decision = decide_about_keys (&look);
  state = state_in_the_way (view->decision.reason);
  view->in_the_way = state < N_MEMBER_STATES ? g_ptr_array_ref (look.by_state[state]) : g_ptr_array_new ();
  view->others = look.others;
  for (guint i = 0; i < N_MEMBER_STATES; i++)
    g_ptr_array_unref (look.by_state[i]);
}

void
pen_room_view_clear (PenRoomView *view)
{
  g_clear_pointer (&view->others, g_ptr_array_unref);
  g_clear_pointer (&view->in_the_way, g_ptr_array_unref);
}

void
pen_room_opened (PenRoom *room)
{
  g_autoptr (GPtrArray) others = members_of (room);

  for (guint i = 0; others->len <= PEN_ROOM_MEMBERS_MAX && i < others->len; i++)
    {
      PenPerson *person = person_of (room->account, g_ptr_array_index (others, i));

      if (person != NULL)
        pen_lookup_want (room->account, person, PEN_TRIGGER_OPENED);
    }
}

static void
add_names (GString *words, const GPtrArray *jids)
{
  for (guint i = 0; i < jids->len && i < NAMES_MAX; i++)
    g_string_append_printf (words, "%s%s", i == 0 ? " " : ", ", (const char *) g_ptr_array_index (jids, i));
  if (jids->len > NAMES_MAX)
    g_string_append_printf (words, g_dngettext (GETTEXT_PACKAGE, ", and %u more", ", and %u more", jids->len - NAMES_MAX),
                            jids->len - NAMES_MAX);
  if (jids->len > 0)
    g_string_append_c (words, '.');
}

char *
pen_room_words (const PenRoom *room, const PenRoomView *view)
{
  GString *words = g_string_new (_(pen_room_reason_sentence (view->decision.reason)));

  if (view->in_the_way->len > 0)
    g_string_append_printf (words, " %s", _("It is about:"));
  add_names (words, view->in_the_way);
  if (view->decision.route != PEN_ROUTE_ENCRYPTED)
    return g_string_free (words, FALSE);
  g_string_append_printf (words, " ");
  g_string_append_printf (words, g_dngettext (GETTEXT_PACKAGE, "%u member beside you can read them.",
                                              "%u members beside you can read them.", view->others->len),
                          view->others->len);
  if (room->hides_members)
    g_string_append_printf (words, " %s", _("The room does not list its members: who is not here now may be left out."));
  return g_string_free (words, FALSE);
}
