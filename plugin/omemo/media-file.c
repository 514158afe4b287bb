/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Encrypts a file as it is read and decrypts one as it comes, a part at a
 * time. Decides when a file may get its name: when its tag fits, and never
 * over another file. XEP-0454 3; NIST SP 800-38D. */

#include "omemo/media-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <nettle/gcm.h>
#include <nettle/memops.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A multiple of the cipher's block. */
#define PART_BYTES (64 * 1024)
#define MAX_NAMES 1000

G_STATIC_ASSERT (PEN_MEDIA_KEY_BYTES == AES256_KEY_SIZE);
G_STATIC_ASSERT (PEN_MEDIA_TAG_BYTES == GCM_DIGEST_SIZE);
G_STATIC_ASSERT (PART_BYTES % GCM_BLOCK_SIZE == 0);

/**
 * PenMediaSource:
 * @left_bytes: of the plain file, not read yet
 * @part: encrypted bytes; those from @at up to @end are not handed out yet
 * @has_tag: the tag is in @part, or was
 */
struct _PenMediaSource
{
  int fd;
  gint64 size_bytes;
  gint64 left_bytes;
  struct gcm_aes256_ctx cipher;
  guint8 iv[PEN_MEDIA_IV_BYTES];
  guint8 key[PEN_MEDIA_KEY_BYTES];
  guint8 part[PART_BYTES];
  gsize at;
  gsize end;
  gboolean has_tag;
};

static void
set_file_error (GError **error, const char *path, int number)
{
  g_autofree char *shown = g_filename_display_basename (path);

  g_set_error (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_FILE, _("The file %s could not be used: %s."), shown,
               g_strerror (number));
}

static gboolean
may_be_sent (const char *path, const struct stat *found, gint64 limit_bytes, GError **error)
{
  g_autofree char *limit = NULL;

  if (!S_ISREG (found->st_mode))
    {
      g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_FILE,
                           _("Only a single file can be sent, no folder and no device."));
      return FALSE;
    }
  limit_bytes = MIN (limit_bytes, PEN_MEDIA_FILE_MAX_BYTES) - PEN_MEDIA_TAG_BYTES;
  if (found->st_size <= limit_bytes)
    return TRUE;
  limit = g_format_size ((guint64) MAX (limit_bytes, 0));
  g_set_error (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_TOO_LARGE,
               _("The file is too large: at most %s can be sent."), limit);
  return FALSE;
}

PenMediaSource *
pen_media_source_new (const char *path, gint64 limit_bytes, const PenRandom *random, GError **error)
{
  /* A named pipe must not make anybody wait. */
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  struct stat found;
  PenMediaSource *source;

  if (fd < 0 || fstat (fd, &found) != 0)
    set_file_error (error, path, errno);
  else if (may_be_sent (path, &found, limit_bytes, error))
    {
      source = g_new0 (PenMediaSource, 1);
      source->fd = fd;
      source->left_bytes = found.st_size;
      source->size_bytes = found.st_size + PEN_MEDIA_TAG_BYTES;
      random->fill (source->key, sizeof source->key, random->data);
      random->fill (source->iv, sizeof source->iv, random->data);
      gcm_aes256_set_key (&source->cipher, source->key);
      gcm_aes256_set_iv (&source->cipher, sizeof source->iv, source->iv);
      return source;
    }
  if (fd >= 0)
    close (fd);
  return NULL;
}

void
pen_media_source_free (PenMediaSource *source)
{
  close (source->fd);
  explicit_bzero (source, sizeof *source);
  g_free (source);
}

gint64
pen_media_source_size_bytes (const PenMediaSource *source)
{
  return source->size_bytes;
}

/* Returns: whether @length bytes were there. */
static gboolean
read_all (int fd, guint8 *buffer, gsize length)
{
  gsize done = 0;

  while (done < length)
    {
      gssize got = read (fd, buffer + done, length - done);

      if (got == 0 || (got < 0 && errno != EINTR))
        return FALSE;
      done += got > 0 ? (gsize) got : 0;
    }
  return TRUE;
}

static gboolean
fill_part (PenMediaSource *source)
{
  gsize length = (gsize) MIN (source->left_bytes, PART_BYTES);

  source->at = 0;
  source->end = length;
  if (length == 0)
    {
      gcm_aes256_digest (&source->cipher, PEN_MEDIA_TAG_BYTES, source->part);
      source->end = PEN_MEDIA_TAG_BYTES;
      source->has_tag = TRUE;
      return TRUE;
    }
  if (!read_all (source->fd, source->part, length))
    return FALSE;
  gcm_aes256_encrypt (&source->cipher, length, source->part, source->part);
  source->left_bytes -= (gint64) length;
  return TRUE;
}

gssize
pen_media_source_read (PenMediaSource *source, guint8 *buffer, gsize length, GError **error)
{
  if (source->at == source->end && source->has_tag)
    return 0;
  if (source->at == source->end && !fill_part (source))
    {
      explicit_bzero (source->part, sizeof source->part);
      g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_CHANGED,
                           _("The file changed while it was being sent. Send it again."));
      return -1;
    }
  length = MIN (length, source->end - source->at);
  memcpy (buffer, source->part + source->at, length);
  source->at += length;
  return (gssize) length;
}

char *
pen_media_source_link (const PenMediaSource *source, const char *url, GError **error)
{
  return pen_media_link_build (url, source->iv, source->key, error);
}

/**
 * PenMediaSink:
 * @hidden: (nullable): path of the file that is being written; %NULL when there is none any more
 * @part: encrypted bytes that are not decrypted yet: always the last ones, which may be the tag
 */
struct _PenMediaSink
{
  int fd;
  char *folder;
  char *name;
  char *hidden;
  gint64 left_bytes;
  struct gcm_aes256_ctx cipher;
  guint8 part[PART_BYTES + GCM_BLOCK_SIZE + PEN_MEDIA_TAG_BYTES];
  guint8 plain[PART_BYTES + GCM_BLOCK_SIZE];
  gsize end;
};

static void
start_cipher (struct gcm_aes256_ctx *cipher, const PenMediaLink *link)
{
  gcm_aes256_set_key (cipher, link->key);
  gcm_aes256_set_iv (cipher, link->iv_bytes, link->iv);
}

PenMediaSink *
pen_media_sink_new (const char *folder, const PenMediaLink *link, gint64 limit_bytes, GError **error)
{
  g_autofree char *hidden = g_build_filename (folder, ".penregister-XXXXXX", NULL);
  PenMediaSink *sink;
  int fd = -1;

  if (g_mkdir_with_parents (folder, 0700) == 0)
    fd = g_mkstemp_full (hidden, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      set_file_error (error, folder, errno);
      return NULL;
    }
  sink = g_new0 (PenMediaSink, 1);
  sink->fd = fd;
  sink->folder = g_strdup (folder);
  sink->name = g_strdup (link->name);
  sink->hidden = g_steal_pointer (&hidden);
  sink->left_bytes = limit_bytes;
  start_cipher (&sink->cipher, link);
  return sink;
}

static void
drop_hidden (PenMediaSink *sink)
{
  if (sink->fd >= 0)
    close (sink->fd);
  sink->fd = -1;
  if (sink->hidden != NULL)
    g_unlink (sink->hidden);
  g_clear_pointer (&sink->hidden, g_free);
}

void
pen_media_sink_free (PenMediaSink *sink)
{
  drop_hidden (sink);
  g_free (sink->folder);
  g_free (sink->name);
  explicit_bzero (sink, sizeof *sink);
  g_free (sink);
}

static gboolean
write_all (PenMediaSink *sink, gsize length, GError **error)
{
  gsize done = 0;

  while (done < length)
    {
      gssize put = write (sink->fd, sink->plain + done, length - done);

      if (put < 0 && errno != EINTR)
        {
          set_file_error (error, sink->name, errno);
          return FALSE;
        }
      done += put > 0 ? (gsize) put : 0;
    }
  return TRUE;
}

/* Decrypts the first @length bytes of the part. */
static gboolean
open_part (PenMediaSink *sink, gsize length, GError **error)
{
  gcm_aes256_decrypt (&sink->cipher, length, sink->plain, sink->part);
  memmove (sink->part, sink->part + length, sink->end - length);
  sink->end -= length;
  return write_all (sink, length, error);
}

gboolean
pen_media_sink_write (PenMediaSink *sink, const guint8 *data, gsize length, GError **error)
{
  g_return_val_if_fail (sink->fd >= 0, FALSE);

  if ((guint64) length > (guint64) MAX (sink->left_bytes, 0))
    {
      g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_TOO_LARGE,
                           _("The file is larger than what is taken here. It was not kept."));
      return FALSE;
    }
  sink->left_bytes -= (gint64) length;
  while (length > 0)
    {
      gsize taken = MIN (length, sizeof sink->part - sink->end);
      gsize whole;

      memcpy (sink->part + sink->end, data, taken);
      sink->end += taken;
      data += taken;
      length -= taken;
      whole = sink->end > PEN_MEDIA_TAG_BYTES ? sink->end - PEN_MEDIA_TAG_BYTES : 0;
      whole -= whole % GCM_BLOCK_SIZE;
      if (whole > 0 && !open_part (sink, whole, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_tag (PenMediaSink *sink, GError **error)
{
  guint8 tag[PEN_MEDIA_TAG_BYTES];

  if (sink->end >= PEN_MEDIA_TAG_BYTES)
    {
      if (!open_part (sink, sink->end - PEN_MEDIA_TAG_BYTES, error))
        return FALSE;
      gcm_aes256_digest (&sink->cipher, sizeof tag, tag);
      if (memeql_sec (tag, sink->part, sizeof tag) != 0)
        return TRUE;
    }
  g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_CHANGED,
                       _("The file was changed or damaged on its way, or the link is wrong. Nothing of it was kept."));
  return FALSE;
}

static char *
numbered (const PenMediaSink *sink, guint number)
{
  const char *dot = strrchr (sink->name, '.');
  int length = dot != NULL ? (int) (dot - sink->name) : (int) strlen (sink->name);
  g_autofree char *name = number == 1 ? g_strdup (sink->name)
                                      : g_strdup_printf ("%.*s (%u)%s", length, sink->name, number,
                                                         dot != NULL ? dot : "");

  return g_build_filename (sink->folder, name, NULL);
}

/* The name is taken first, by an empty file that nobody else can have made. */
static char *
take_name (PenMediaSink *sink, GError **error)
{
  for (guint number = 1; number <= MAX_NAMES; number++)
    {
      g_autofree char *path = numbered (sink, number);
      int fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

      if (fd >= 0)
        {
          close (fd);
          return g_steal_pointer (&path);
        }
      if (errno != EEXIST)
        break;
    }
  set_file_error (error, sink->name, errno);
  return NULL;
}

char *
pen_media_sink_finish (PenMediaSink *sink, GError **error)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (sink->fd >= 0, NULL);

  if (check_tag (sink, error))
    path = take_name (sink, error);
  if (path != NULL && g_rename (sink->hidden, path) != 0)
    {
      set_file_error (error, path, errno);
      g_unlink (path);
      g_clear_pointer (&path, g_free);
    }
  if (path != NULL)
    g_clear_pointer (&sink->hidden, g_free);
  drop_hidden (sink);
  return g_steal_pointer (&path);
}
