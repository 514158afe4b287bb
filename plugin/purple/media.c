/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which files may be sent and fetched. A file goes only to a person
 * who can be reached encrypted at that moment, and nothing is fetched unless
 * the user asks: its host learns who reads, from where, and when. */

#include "purple/media.h"

#include "omemo/media-file.h"
#include "purple/http.h"
#include "purple/message.h"
#include "purple/person.h"
#include "purple/talk.h"
#include "purple/upload.h"
#include "purple/words.h"

#include <glib/gi18n-lib.h>
#include <request.h>
#include <signals.h>
#include <string.h>
#include <util.h>

#define DATA_LINE "penregister/line"
#define DATA_FILE "penregister/file"
#define MAX_SHOWN_NAME 60

/* A file on its way, out or in. @file: who waits for one that comes in */
typedef struct
{
  PenAccount *account;
  PenAddress *address;
  PenMediaSource *source;
  PenMediaSink *sink;
  PenPaneFile file;
} Transfer;

static Transfer *
transfer_new (PenAccount *account, const PenAddress *address)
{
  Transfer *transfer = g_new0 (Transfer, 1);

  transfer->account = account;
  transfer->address = pen_address_copy (address);
  return transfer;
}

static void
transfer_free (Transfer *transfer)
{
  g_clear_pointer (&transfer->source, pen_media_source_free);
  g_clear_pointer (&transfer->sink, pen_media_sink_free);
  pen_address_free (transfer->address);
  g_free (transfer);
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_REFUSED, why);
  return FALSE;
}

static gboolean
is_encrypted_now (PenAccount *account, const PenAddress *address, GError **error)
{
  PenPerson *person = pen_person_get (account, address, error);
  PenRouteDecision decision;

  if (person == NULL)
    return FALSE;
  decision = pen_person_route (account, person, NULL);
  if (decision.route == PEN_ROUTE_ENCRYPTED)
    return TRUE;
  g_set_error (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_REFUSED,
               _("A file goes only encrypted, and this person cannot be reached encrypted now. It was not sent. %s"),
               _(pen_route_reason_sentence (decision.reason)));
  return FALSE;
}

static gboolean
may_send (PenAccount *account, const PenAddress *address, GError **error)
{
  if (account == NULL || !account->is_online)
    return refuse (error, _("The account is offline, so the file was not sent."));
  if (!is_encrypted_now (account, address, error))
    return FALSE;
  return pen_upload_host (account) != NULL
         || refuse (error, _("No service of your server is known that takes files (HTTP upload). The file was not "
                             "sent."));
}

gboolean
pen_media_can_send (PurpleConnection *gc, const char *who)
{
  PenAccount *account = pen_account_of (gc);
  g_autoptr (PenAddress) address = account != NULL ? pen_account_resolve (account->purple, who, NULL) : NULL;

  return address != NULL && may_send (account, address, NULL);
}

/* No conversation is opened while the account closes: that would ask about a person. */
static void
say_failed (const Transfer *transfer, const GError *error)
{
  PurpleAccount *purple = transfer->account->purple;

  if (!transfer->account->is_closing || pen_talk_conversation (purple, transfer->address->name, FALSE) != NULL)
    pen_talk_error (purple, transfer->address->name, error->message);
}

/* The way is looked at again: much may have changed while the file went. A
 * text with a key never goes in clear; outgoing.c sees to that too. */
static gboolean
send_link (Transfer *transfer, const char *url, GError **error)
{
  g_autofree char *link = pen_media_source_link (transfer->source, url, error);
  g_autofree char *html = link != NULL ? g_markup_escape_text (link, -1) : NULL;

  if (link == NULL || !is_encrypted_now (transfer->account, transfer->address, error))
    return FALSE;
  return pen_message_send_im (transfer->account->gc, transfer->address->name, html, PURPLE_MESSAGE_SEND) == 0
         || refuse (error, _("The link to the file could not be sent. Send the file again."));
}

static void
on_uploaded (PenAccount *account, const char *url, const GError *failure, gpointer data)
{
  Transfer *transfer = data;
  g_autoptr (GError) error = failure != NULL ? g_error_copy (failure) : NULL;

  if (error == NULL)
    send_link (transfer, url, &error);
  if (error != NULL)
    say_failed (transfer, error);
  transfer_free (transfer);
}

static void
say_uploading (Transfer *transfer, const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *shown = pen_words_cell (name, MAX_SHOWN_NAME);
  g_autofree char *size = g_format_size ((guint64) pen_media_source_size_bytes (transfer->source));
  g_autofree char *words = g_strdup_printf (_("%s (%s) is being encrypted and uploaded to %s."), shown, size,
                                            pen_upload_host (transfer->account));

  pen_talk_system (transfer->account->purple, transfer->address->name, words, TRUE);
}

static gboolean
start_sending (PenAccount *account, const PenAddress *address, const char *path, GError **error)
{
  static const PenRandom random = { pen_app_fill_random, NULL };
  Transfer *transfer;

  if (!may_send (account, address, error))
    return FALSE;
  transfer = transfer_new (account, address);
  transfer->source = pen_media_source_new (path, pen_upload_max_bytes (account), &random, error);
  if (transfer->source != NULL && pen_upload_start (account, transfer->source, on_uploaded, transfer, error))
    {
      say_uploading (transfer, path);
      return TRUE;
    }
  transfer_free (transfer);
  return FALSE;
}

static void
send_path (PurpleConnection *gc, const char *who, const char *path)
{
  PurpleAccount *purple = purple_connection_get_account (gc);
  g_autoptr (GError) error = NULL;
  g_autoptr (PenAddress) address = pen_account_resolve (purple, who, &error);

  if (address == NULL || !start_sending (pen_account_of (gc), address, path, &error))
    pen_talk_error (purple, address != NULL ? address->name : who, error->message);
}

/* libpurple closes its dialogs with the connection, so @gc lives as long. */
typedef struct
{
  PurpleConnection *gc;
  char *who;
} Choosing;

static void
choosing_free (Choosing *choosing)
{
  g_free (choosing->who);
  g_free (choosing);
}

static void
on_chosen (gpointer data, const char *path)
{
  Choosing *choosing = data;

  if (path != NULL && pen_account_of (choosing->gc) != NULL)
    send_path (choosing->gc, choosing->who, path);
  choosing_free (choosing);
}

static void
on_not_chosen (gpointer data, G_GNUC_UNUSED const char *path)
{
  choosing_free (data);
}

void
pen_media_send_file (PurpleConnection *gc, const char *who, const char *path)
{
  Choosing *choosing;

  if (path != NULL)
    {
      send_path (gc, who, path);
      return;
    }
  choosing = g_new0 (Choosing, 1);
  choosing->gc = gc;
  choosing->who = g_strdup (who);
  purple_request_file (gc, _("Send a file"), NULL, FALSE, G_CALLBACK (on_chosen), G_CALLBACK (on_not_chosen),
                       purple_connection_get_account (gc), who, NULL, choosing);
}

/* The user's folder for downloads where there is one, else ours. */
static char *
download_folder (void)
{
  const char *folder = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);

  if (folder != NULL && !g_str_equal (folder, g_get_home_dir ()) && g_file_test (folder, G_FILE_TEST_IS_DIR))
    return g_strdup (folder);
  return g_build_filename (purple_user_dir (), "penregister", "files", NULL);
}

static gboolean
write_sink (const guint8 *bytes, gsize length, GError **error, gpointer data)
{
  Transfer *transfer = data;

  return pen_media_sink_write (transfer->sink, bytes, length, error);
}

static void
say_saved (Transfer *transfer, const char *path)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *words = g_strdup_printf (_("The file was decrypted and saved as %s."), shown);

  pen_talk_system (transfer->account->purple, transfer->address->name, words, TRUE);
}

static void
on_fetched (const GError *failure, gpointer data)
{
  Transfer *transfer = data;
  g_autoptr (GError) error = failure != NULL ? g_error_copy (failure) : NULL;
  g_autofree char *path = error == NULL ? pen_media_sink_finish (transfer->sink, &error) : NULL;

  /* Nothing is left of what failed when somebody hears of it. */
  g_clear_pointer (&transfer->sink, pen_media_sink_free);
  if (path != NULL)
    say_saved (transfer, path);
  else
    say_failed (transfer, error);
  if (transfer->file.done != NULL)
    transfer->file.done (path, error, transfer->file.data);
  transfer_free (transfer);
}

/* XEP-0454 says https; a server on this computer has no certificate. */
static char *
place_of (const PenMediaLink *link)
{
  return pen_media_is_loopback (link->host) ? g_strconcat ("http", link->url + strlen ("https"), NULL)
                                            : g_strdup (link->url);
}

static gboolean
start_fetching (PenAccount *account, const PenAddress *address, const PenMediaLink *link, const PenPaneFile *file,
                GError **error)
{
  const gint64 limit_bytes = PEN_MEDIA_FILE_MAX_BYTES + PEN_MEDIA_TAG_BYTES;
  Transfer *transfer = transfer_new (account, address);
  g_autofree char *place = place_of (link);
  g_autofree char *folder = download_folder ();
  g_autofree char *uri = pen_address_to_uri (address);
  PenHttpWish wish = { .url = place, .address = uri, .body_bytes = -1, .max_bytes = limit_bytes, .write = write_sink,
                       .done = on_fetched, .data = transfer };

  transfer->sink = pen_media_sink_new (folder, link, limit_bytes, error);
  if (file != NULL)
    transfer->file = *file;
  if (transfer->sink != NULL && pen_http_start (account, &wish, error) != NULL)
    return TRUE;
  transfer_free (transfer);
  return FALSE;
}

static char *
last_file (PurpleAccount *purple, const char *name)
{
  PurpleConversation *conv = pen_talk_conversation (purple, name, FALSE);

  return conv != NULL ? purple_conversation_get_data (conv, DATA_FILE) : NULL;
}

gboolean
pen_media_open (PurpleAccount *purple, const char *typed, const char *url, const PenPaneFile *file, GError **error)
{
  PenAccount *account = pen_account_find (purple);
  g_autoptr (PenAddress) address = pen_account_resolve (purple, typed, error);
  g_autoptr (PenMediaLink) link = NULL;
  g_autoptr (GError) failure = NULL;

  if (address == NULL)
    return FALSE;
  if (account == NULL || !account->is_online)
    return refuse (error, _("The account is offline, so the file was not fetched."));
  if (url == NULL)
    url = last_file (purple, address->name);
  if (url == NULL)
    return refuse (error, _("No encrypted file was shared in this conversation since it was opened."));
  link = pen_media_link_parse (url, error);
  if (link == NULL)
    return FALSE;
  if (start_fetching (account, address, link, file, &failure))
    return TRUE;
  if (failure->domain == PEN_DATABASE_ERROR)
    pen_app_store_failed (pen_app (), failure);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

char *
pen_media_open_last (PurpleAccount *purple, const char *name, GError **error)
{
  return pen_media_open (purple, name, NULL, NULL, error) ? g_strdup (_("The file is being fetched.")) : NULL;
}

static void
keep_file (PurpleConversation *conv, const char *url)
{
  char *old = purple_conversation_get_data (conv, DATA_FILE);

  purple_conversation_set_data (conv, DATA_FILE, g_strdup (url));
  if (old != NULL)
    explicit_bzero (old, strlen (old));
  g_free (old);
}

static void
on_deleting (PurpleConversation *conv, G_GNUC_UNUSED gpointer data)
{
  keep_file (conv, NULL);
}

static void
offer (PurpleConversation *conv, const PenPaneMessage *line)
{
  g_autoptr (PenMediaLink) link = pen_media_link_parse (line->text, NULL);
  g_autofree char *words = NULL;

  if (link == NULL)
    return;
  keep_file (conv, line->text);
  words = g_strdup_printf (_("This is an encrypted file. It was not fetched. To fetch and decrypt it, type /pen open: "
                             "then %s learns your network address and when you opened it."), link->host);
  /* The line that follows is not the message's. */
  purple_conversation_set_data (conv, DATA_LINE, NULL);
  pen_talk_system (purple_conversation_get_account (conv), purple_conversation_get_name (conv), words, FALSE);
  purple_conversation_set_data (conv, DATA_LINE, (gpointer) line);
}

/* Only what came encrypted is offered: else anybody on the way chose the file.
 * The signature is that of "wrote-im-msg". */
static void
on_wrote (PurpleAccount *purple, G_GNUC_UNUSED const char *who, G_GNUC_UNUSED const char *html,
          PurpleConversation *conv, PurpleMessageFlags flags, G_GNUC_UNUSED gpointer data)
{
  const PenPaneMessage *line = pen_account_is_ours (purple) && conv != NULL
    ? purple_conversation_get_data (conv, DATA_LINE) : NULL;

  if (line != NULL && line->route == PEN_ROUTE_ENCRYPTED && line->text != NULL
      && (flags & (PURPLE_MESSAGE_RECV | PURPLE_MESSAGE_REMOTE_SEND)) != 0)
    offer (conv, line);
}

void
pen_media_connect (PurplePlugin *plugin)
{
  void *conversations = purple_conversations_get_handle ();

  purple_signal_connect (conversations, "wrote-im-msg", plugin, PURPLE_CALLBACK (on_wrote), NULL);
  purple_signal_connect (conversations, "deleting-conversation", plugin, PURPLE_CALLBACK (on_deleting), NULL);
}
