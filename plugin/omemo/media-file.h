/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/media.h"

G_BEGIN_DECLS

/* A file on its way out, encrypted as it is read, and one on its way in,
 * decrypted as it comes. */

typedef struct _PenMediaSource PenMediaSource;
typedef struct _PenMediaSink PenMediaSink;

/**
 * pen_media_source_new:
 * @path: a plain file
 * @limit_bytes: the largest encrypted file that may be sent
 * @random: for its key and IV, which serve this one file
 *
 * Returns: (transfer full) (nullable): the file, open; or %NULL with PEN_MEDIA_ERROR
 */
PenMediaSource *pen_media_source_new (const char *path, gint64 limit_bytes, const PenRandom *random, GError **error);
void pen_media_source_free (PenMediaSource *source);

/** pen_media_source_size_bytes: Returns: length of the encrypted file, its tag included. */
gint64 pen_media_source_size_bytes (const PenMediaSource *source);

/**
 * pen_media_source_read:
 * @buffer: gets at most @length bytes of the encrypted file
 *
 * Returns: bytes read, 0 at the end, or -1 with PEN_MEDIA_ERROR when the file
 *   cannot be read or is not as long any more as it was
 */
gssize pen_media_source_read (PenMediaSource *source, guint8 *buffer, gsize length, GError **error);

/** pen_media_source_link: Returns: (transfer full) (nullable): the link to it at @url, as pen_media_link_build(). */
char *pen_media_source_link (const PenMediaSource *source, const char *url, GError **error);

/**
 * pen_media_sink_new:
 * @folder: where the file shall stand; made 0700 when missing
 * @link: key, IV and name
 * @limit_bytes: the largest encrypted file that is taken
 *
 * What comes is decrypted into a hidden file (0600) in @folder.
 *
 * Returns: (transfer full) (nullable): the file, or %NULL with PEN_MEDIA_ERROR_FILE
 */
PenMediaSink *pen_media_sink_new (const char *folder, const PenMediaLink *link, gint64 limit_bytes, GError **error);

/** pen_media_sink_free: deletes the hidden file unless it was finished. */
void pen_media_sink_free (PenMediaSink *sink);

/** pen_media_sink_write: takes the next bytes of the encrypted file. Returns: %FALSE with PEN_MEDIA_ERROR */
gboolean pen_media_sink_write (PenMediaSink *sink, const guint8 *data, gsize length, GError **error);

/**
 * pen_media_sink_finish:
 *
 * Only when the tag fits does the file get its name; no other file is ever
 * overwritten.
 *
 * Returns: (transfer full) (nullable): the file's path, or %NULL with
 *   PEN_MEDIA_ERROR: then nothing is left of it
 */
char *pen_media_sink_finish (PenMediaSink *sink, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenMediaSource, pen_media_source_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenMediaSink, pen_media_sink_free)

G_END_DECLS
