/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what of the server's archive is read: what came after the last
 * message that was seen here, a page at a time, oldest first. What was there
 * before the first sign-on is not for this device.
 *
 *   no mark -> where does the archive end? -> mark, up to date
 *   mark    -> page after it -> opened one by one, each moves the mark -> next page ... -> up to date
 *   then    -> a while -> what is in it from there on, once more
 *
 * A server may choose who gets a message before we are there and put it into
 * its archive after we have read that (ejabberd does each in a process of its
 * own): so it is read once more. New messages have moved the mark meanwhile;
 * what was only in the archive does not move it back.
 *
 * While pages come the first time new messages wait. What comes both ways, kept
 * for who is offline and in the archive, is known by its id (XEP-0359). The
 * mark and what a message changes in the store are in one commit. */

#include "purple/archive.h"

#include "penregister/outbox.h"
#include "purple/archive-mark.h"
#include "purple/archive-query.h"
#include "purple/backlog.h"
#include "purple/carbons.h"
#include "purple/incoming-message.h"
#include "purple/omemo-bundles.h"
#include "purple/request.h"
#include "wire/wire.h"

#include <debug.h>
#include <string.h>

#define NS_IDS "urn:xmpp:sid:0"
#define NS_DELAY "urn:xmpp:delay"
#define ID_MAX_BYTES 512
/* So long after the end was read nothing is on its way to the archive that passed us by. */
#define SETTLE_US (5 * G_USEC_PER_SEC)

static const char *const no_archive[] = { "service-unavailable", "feature-not-implemented", NULL };

typedef enum
{
  STATE_OFF,       /* there is none, or it could not be read to its end: the mark stays */
  STATE_BEGINNING, /* asked where it ends */
  STATE_READING,
  STATE_SETTLING,  /* from here on every new message moves the mark; what is new is noted, for it is read once more */
  STATE_AGAIN,     /* that */
  STATE_CURRENT
} State;

/* How a message was met that has an id in the archive. */
typedef enum
{
  SEEN_NOT = 0,
  SEEN_UNREADABLE,
  SEEN_READ,
  SEEN_LEFT_OUT,   /* in the archive, and not for us: a new one is */
  SEEN_NEW         /* as a new one, before the archive was read that far */
} Seen;

/**
 * _PenArchive:
 * @mark: up to where all was seen
 * @cursor: (nullable): up to where this reading has come, or where it begins
 * @is_behind: the mark is further than that
 * @query: (nullable): id of the query whose results are awaited
 * @settling: timer after which it is read once more, or 0
 * @by_time: the server does not know the mark
 * @has_moved: the page had a message that was not in one before
 * @seen: id -> Seen, until the archive was read to its end, and then of that connection
 */
struct _PenArchive
{
  PenAccount *account;
  State state;
  PenArchiveMark mark;
  char *cursor;
  gboolean is_behind;
  char *query;
  guint settling;
  gboolean by_time;
  gboolean has_moved;
  GHashTable *seen;
};

static void ask_page (PenArchive *archive);

PenArchive *
pen_archive_new (PenAccount *account)
{
  PenArchive *archive = g_new0 (PenArchive, 1);

  archive->account = account;
  archive->seen = pen_app_take_seen (pen_app (), account->bare);
  if (archive->seen == NULL)
    archive->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return archive;
}

void
pen_archive_free (PenArchive *archive)
{
  pen_timers_cancel (pen_app ()->timers, archive->settling);
  if (archive->state >= STATE_SETTLING)
    g_hash_table_unref (archive->seen);
  else
    pen_app_keep_seen (pen_app (), archive->account->bare, archive->seen);
  pen_archive_mark_clear (&archive->mark);
  g_free (archive->cursor);
  g_free (archive->query);
  g_free (archive);
}

gboolean
pen_archive_is_reading (const PenArchive *archive)
{
  return archive->state == STATE_READING;
}

static gboolean
is_id (const char *id)
{
  return id != NULL && id[0] != '\0' && strlen (id) <= ID_MAX_BYTES;
}

static Seen
how_seen (const PenArchive *archive, const char *id)
{
  return (Seen) GPOINTER_TO_INT (g_hash_table_lookup (archive->seen, id));
}

static void
note_seen (PenArchive *archive, const char *id, Seen seen)
{
  g_hash_table_replace (archive->seen, g_strdup (id), GINT_TO_POINTER (seen));
}

/* Asking */

static const char *
new_id (PenArchive *archive)
{
  g_free (archive->query);
  archive->query = pen_app_new_id (pen_app ());
  return archive->query;
}

static gboolean
ask (PenArchive *archive, xmlnode *query, PenRequestFunc function)
{
  const PenRequest wish = { "set", NULL, function, NULL };
  const PenGateTag tag = { .trigger = PEN_TRIGGER_LOGIN, .kind = -1 };

  return pen_request_send (archive->account, &wish, query, &tag) >= 0;
}

static void
end (PenArchive *archive, State state)
{
  archive->state = state;
  g_clear_pointer (&archive->query, g_free);
  pen_backlog_hold (archive->account->backlog, FALSE);
  if (archive->account->is_online && !archive->account->is_closing)
    pen_bundles_repair_rest (archive->account);
}

static void
read_again (gpointer data)
{
  PenArchive *archive = data;

  archive->settling = 0;
  archive->state = STATE_AGAIN;
  ask_page (archive);
}

/* Up to date; from here it is read once more. */
static void
settle (PenArchive *archive)
{
  end (archive, STATE_SETTLING);
  archive->settling = pen_timers_add (pen_app ()->timers, SETTLE_US, read_again, archive);
}

static void
give_up (PenArchive *archive)
{
  purple_debug_warning ("penregister", "the server's archive could not be read to its end: it is tried again after the "
                                       "next sign-on\n");
  end (archive, STATE_OFF);
}

static gboolean
is_result (xmlnode *iq)
{
  return iq != NULL && g_strcmp0 (xmlnode_get_attrib (iq, "type"), "result") == 0
         && pen_wire_child (iq, "fin", PEN_ARCHIVE_NS) != NULL;
}

/* The first time: only what comes from now on is for this device. What was kept
 * for it came before the answer, and is opened before it. */
static void
on_end_of_archive (PenAccount *account, xmlnode *iq, G_GNUC_UNUSED gpointer data)
{
  if (is_result (iq))
    {
      pen_backlog_push_old (account->backlog, iq);
      return;
    }
  purple_debug_info ("penregister", "the server keeps no archive: what comes while this device is away may not show here\n");
  end (account->archive, STATE_OFF);
}

static void
begin_at_end (PenArchive *archive, xmlnode *iq)
{
  xmlnode *set = pen_wire_child (pen_wire_child (iq, "fin", PEN_ARCHIVE_NS), "set", PEN_ARCHIVE_PAGES_NS);
  g_autofree char *last = set != NULL ? pen_wire_line (pen_wire_child (set, "last", NULL)) : NULL;

  if (!pen_archive_mark_move (&archive->mark, last != NULL ? last : "", pen_clock_now_us (&pen_app ()->clock)))
    {
      end (archive, STATE_OFF);
      return;
    }
  archive->cursor = g_strdup (archive->mark.id);
  settle (archive);
}

static void
ask_end (PenArchive *archive)
{
  archive->state = STATE_BEGINNING;
  if (!ask (archive, pen_archive_query_end (new_id (archive)), on_end_of_archive))
    end (archive, STATE_OFF);
}

/* Its end waits behind its messages. An error may mean that the server does not know the mark. */
static void
on_page (PenAccount *account, xmlnode *iq, G_GNUC_UNUSED gpointer data)
{
  PenArchive *archive = account->archive;
  g_autoptr (PenWireError) failure = iq != NULL ? pen_wire_error_read (iq) : NULL;

  if (is_result (iq))
    pen_backlog_push_old (account->backlog, iq);
  else if (archive->state == STATE_AGAIN)
    end (archive, STATE_CURRENT);
  else if (archive->state != STATE_READING)
    return;
  else if (failure != NULL && !archive->by_time && !g_strv_contains (no_archive, failure->condition))
    {
      archive->by_time = TRUE;
      ask_page (archive);
    }
  else
    give_up (archive);
}

static void
ask_page (PenArchive *archive)
{
  gboolean is_by_time = archive->by_time || archive->cursor[0] == '\0';
  const char *id = new_id (archive);

  archive->has_moved = FALSE;
  if (!ask (archive, is_by_time ? pen_archive_query_since (id, archive->mark.at_us)
                                : pen_archive_query_after (id, archive->cursor), on_page))
    end (archive, STATE_OFF);
}

void
pen_archive_start (PenAccount *account)
{
  PenArchive *archive = account->archive;

  pen_archive_mark_load (&archive->mark, account->bare);
  if (archive->mark.id == NULL)
    {
      ask_end (archive);
      return;
    }
  archive->cursor = g_strdup (archive->mark.id);
  archive->state = STATE_READING;
  pen_backlog_hold (account->backlog, TRUE);
  ask_page (archive);
}

/* Results */

static gboolean
is_awaited (const PenArchive *archive)
{
  return archive->state == STATE_READING || archive->state == STATE_AGAIN;
}

gboolean
pen_archive_take (PenAccount *account, xmlnode *message)
{
  PenArchive *archive = account->archive;
  xmlnode *result = pen_wire_child (message, "result", PEN_ARCHIVE_NS);
  const char *from = xmlnode_get_attrib (message, "from");

  if (result == NULL)
    return FALSE;
  /* Without a sender it is our own account that speaks (RFC 6120 8.1.2.1). */
  if ((from != NULL && !g_str_equal (from, account->bare)) || archive->query == NULL
      || g_strcmp0 (xmlnode_get_attrib (result, "queryid"), archive->query) != 0)
    purple_debug_warning ("penregister", "a message of an archive that was not asked for is not believed\n");
  else if (is_awaited (archive))
    pen_backlog_push_old (account->backlog, message);
  return TRUE;
}

/* What this device sent stands here already: the ledger has its row, or the outbox the message. */
static gboolean
is_from_here (PenAccount *account, xmlnode *inner)
{
  const char *from = xmlnode_get_attrib (inner, "from");
  const char *id = xmlnode_get_attrib (inner, "id");
  g_autofree char *bare = from != NULL ? pen_jid_bare (from) : NULL;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (PenOutboxEntry) entry = NULL;

  if (id == NULL || g_strcmp0 (bare, account->bare) != 0)
    return FALSE;
  rows = pen_ledger_find_stanza (pen_app ()->ledger, account->bare, id, account->domain, NULL);
  if (rows != NULL && rows->len > 0)
    return TRUE;
  entry = pen_outbox_get (pen_app ()->database, id, NULL);
  return entry != NULL && g_str_equal (entry->account, account->bare);
}

/* When it was kept is the server's to say, and nobody else's. */
static void
take_delay (xmlnode *inner)
{
  xmlnode *delay = pen_wire_child (inner->parent, "delay", NS_DELAY);
  xmlnode *own;

  while ((own = pen_wire_child (inner, "delay", NS_DELAY)) != NULL)
    xmlnode_free (own);
  if (delay != NULL)
    xmlnode_insert_child (inner, xmlnode_copy (delay));
}

/* Returns: %FALSE when the store refused: nothing of it counts as seen. */
static gboolean
show_result (PenArchive *archive, const char *id, xmlnode *inner)
{
  PenOpened opened = PEN_OPENED_NOTHING;
  gboolean is_left_out = FALSE;

  if (!pen_database_begin (pen_app ()->database, NULL))
    return FALSE;
  if (!is_from_here (archive->account, inner))
    opened = pen_incoming_archived (archive->account, inner, &is_left_out);
  if (opened == PEN_OPENED_REFUSED)
    return FALSE;
  note_seen (archive, id, is_left_out ? SEEN_LEFT_OUT : opened == PEN_OPENED_NOTHING ? SEEN_UNREADABLE : SEEN_READ);
  return TRUE;
}

/* Returns: %FALSE when the store refused */
static gboolean
advance (PenArchive *archive, const char *id, gint64 at_us)
{
  g_free (archive->cursor);
  archive->cursor = g_strdup (id);
  if (!archive->is_behind)
    return pen_archive_mark_move (&archive->mark, id, at_us);
  archive->is_behind = !g_str_equal (id, archive->mark.id);
  return TRUE;
}

static void
open_result (PenArchive *archive, xmlnode *result)
{
  const char *id = xmlnode_get_attrib (result, "id");
  xmlnode *inner = pen_wire_forwarded (result);
  Seen seen;
  gint64 at_us;

  if (!is_id (id) || inner == NULL)
    {
      purple_debug_warning ("penregister", "a message of the archive is malformed and left out\n");
      return;
    }
  take_delay (inner);
  at_us = pen_incoming_time_s (inner) * G_USEC_PER_SEC;
  seen = how_seen (archive, id);
  if ((seen == SEEN_NOT && !show_result (archive, id, inner)) || !advance (archive, id, at_us))
    {
      give_up (archive);
      return;
    }
  if (seen == SEEN_NOT || seen == SEEN_NEW)
    archive->has_moved = TRUE;
  if (seen == SEEN_NEW)
    note_seen (archive, id, SEEN_READ);
}

/* Each page is durable before the next is asked for: a sudden end repeats no more than one. */
static void
turn_page (PenArchive *archive, xmlnode *iq)
{
  xmlnode *fin = pen_wire_child (iq, "fin", PEN_ARCHIVE_NS);
  gboolean is_over = g_strcmp0 (xmlnode_get_attrib (fin, "complete"), "true") == 0 || !archive->has_moved;

  archive->by_time = FALSE;
  if (is_over && archive->state == STATE_AGAIN)
    end (archive, STATE_CURRENT);
  else if (is_over)
    settle (archive);
  else if (archive->account->is_closing || !pen_gate_flush (archive->account->gate, NULL))
    give_up (archive);
  else
    ask_page (archive);
}

gboolean
pen_archive_open (PenAccount *account, xmlnode *element)
{
  PenArchive *archive = account->archive;
  xmlnode *result = pen_wire_child (element, "result", PEN_ARCHIVE_NS);
  gboolean is_end = g_strcmp0 (element->name, "iq") == 0;

  if (result == NULL && !is_end)
    return FALSE;
  if (is_end && archive->state == STATE_BEGINNING)
    begin_at_end (archive, element);
  else if (is_end && is_awaited (archive))
    turn_page (archive, element);
  else if (is_awaited (archive))
    open_result (archive, result);
  return TRUE;
}

/* New messages */

/* Only our own server may number what is in our archive; where it keeps one it takes away what others wrote there. */
static const char *
id_of (PenAccount *account, xmlnode *message)
{
  gboolean is_copy = pen_carbons_is (message);
  xmlnode *node = is_copy ? pen_carbons_inner (message) : message;
  xmlnode *id = node != NULL ? pen_wire_child (node, "stanza-id", NS_IDS) : NULL;

  if (is_copy && g_strcmp0 (xmlnode_get_attrib (message, "from"), account->bare) != 0)
    return NULL;
  while (id != NULL && g_strcmp0 (xmlnode_get_attrib (id, "by"), account->bare) != 0)
    id = pen_wire_next (id);
  return id != NULL ? xmlnode_get_attrib (id, "id") : NULL;
}

/* What the server kept for who was offline is older than where its archive was found to end. */
static gboolean
is_kept (PenAccount *account, xmlnode *message)
{
  xmlnode *delay = pen_wire_child (message, "delay", NS_DELAY);
  const char *from = delay != NULL ? xmlnode_get_attrib (delay, "from") : NULL;

  return g_strcmp0 (from, account->domain) == 0 || g_strcmp0 (from, account->bare) == 0;
}

gboolean
pen_archive_saw (PenAccount *account, xmlnode *message, gboolean is_late, gboolean *was_read)
{
  PenArchive *archive = account->archive;
  gboolean has_begun = archive->mark.id != NULL || archive->state == STATE_BEGINNING;
  const char *id = has_begun ? id_of (account, message) : NULL;
  Seen seen;

  if (!is_id (id))
    return FALSE;
  seen = how_seen (archive, id);
  *was_read = seen == SEEN_READ || seen == SEEN_NEW;
  if (seen != SEEN_NOT && seen != SEEN_LEFT_OUT)
    return TRUE;
  if (archive->state != STATE_CURRENT)
    note_seen (archive, id, SEEN_NEW);
  if (archive->state >= STATE_SETTLING && (is_late || pen_backlog_is_empty (account->backlog))
      && !is_kept (account, message)
      && pen_archive_mark_move (&archive->mark, id, pen_clock_now_us (&pen_app ()->clock)))
    archive->is_behind = TRUE;
  return FALSE;
}
