/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/clock.h"
#include "penregister/policy.h"

G_BEGIN_DECLS

/* The one queue: when is whom asked about, and together with whom.
 *
 * A PenSchedule is a value: events go in, batches come out. It knows no
 * socket, no store and no clock; one stands for one account. How it is used:
 *
 *   schedule = pen_schedule_load (head, subjects, &cover, &error)       or pen_schedule_new (&random, &cover)
 *   pen_schedule_set_policy (schedule, &now, &policy);
 *   pen_schedule_add (schedule, &person) for everybody on the contact list, then
 *   pen_schedule_set_online (schedule, &now, TRUE);
 *
 *   after every event, and when the timer of pen_schedule_wake_us() runs out:
 *     while ((batch = pen_schedule_step (schedule, &now)) != NULL)
 *       one transaction { pen_schedule_save() of the parts that pen_schedule_changed() names;
 *                         one ledger row a slot: batch->id, batch->trigger, slot->is_cover, batch->rule }
 *       then one directory request with all slots in their order, or one request a slot, back to back
 *       pen_schedule_batch_free (batch);
 *     set the timer to pen_schedule_wake_us (schedule, &now)
 *
 *   an answer, its timeout or its error   pen_schedule_answered(), once a batch; never a retry of one's own
 *   a wish (typed, opened, send, manual)  pen_schedule_want(); what is to be asked at once is the next step's batch
 *   a wish that waits                     reply.at_us is the time of its slot ("waits for the 14:30 batch")
 *   sign-on, sign-off                     pen_schedule_set_online(); what changed by it is saved, too
 *   a request left because of a batch     pen_schedule_spent(), its bundles too
 *   a batch could not leave               pen_schedule_missed()
 *
 * A slot of class CAPABILITY stands for the device list and, whatever
 * sessions exist already, the bundles of every device that it lists.
 *
 * The laws, and why (docs/lookups.md):
 * - batch: at each slot, unpadded, who is new; and every ceil (fresh/period)
 *   slots a sweep of everybody, shuffled. Who is written to changes nothing.
 *   A sweep leaves in chunks of a constant size and spacing; one whose answers
 *   make it ask for more (bundles) at %PEN_SCHEDULE_BYTES_A_S. Who did not get
 *   their turn because it was cut is asked at the next slot, with the new ones.
 * - batch and pad: numbers only; home servers know the contact list, so that
 *   capabilities are swept as without pad. A population of real and cover
 *   subjects, about four for each slot of a batch, is asked in rounds: a
 *   round is a random order of all, a batch is the next B of it. Nothing in
 *   this knows which are real. New subjects come in through the fast lane,
 *   real ones when they come, cover ones by a Poisson law; the rest of the
 *   fast lane are subjects of the population, in rounds of their own.
 * - dormancy is the time between two rounds. Nobody retires: whoever vanished
 *   would be cover, and whoever stays real. A contact that is removed stays
 *   as a cover subject; one that is set to `never` leaves at once, visibly.
 */

/** PEN_SCHEDULE_SLOTS_MIN, PEN_SCHEDULE_SLOTS_MAX: bounds of a padded batch (docs/lookups.md). */
#define PEN_SCHEDULE_SLOTS_MIN 64
#define PEN_SCHEDULE_SLOTS_MAX 1024
/** PEN_SCHEDULE_FAST_SLOTS_MAX: most slots of the fast lane. */
#define PEN_SCHEDULE_FAST_SLOTS_MAX 64
/** PEN_SCHEDULE_POPULATION: subjects of a new population for each slot of its batches. */
#define PEN_SCHEDULE_POPULATION 4
/** PEN_SCHEDULE_PERIOD_MIN_S, PEN_SCHEDULE_PERIOD_MAX_S: a policy's periods are brought into these. */
#define PEN_SCHEDULE_PERIOD_MIN_S 10
#define PEN_SCHEDULE_PERIOD_MAX_S (31 * 24 * 60 * 60)
/** PEN_SCHEDULE_NUMBERS_A_CHUNK, PEN_SCHEDULE_JIDS_A_CHUNK: most slots of one batch that is handed out. */
#define PEN_SCHEDULE_NUMBERS_A_CHUNK 256
#define PEN_SCHEDULE_JIDS_A_CHUNK 4
/** PEN_SCHEDULE_NUMBERS_SPACING_S, PEN_SCHEDULE_JIDS_SPACING_S: seconds from one chunk to the next. */
#define PEN_SCHEDULE_NUMBERS_SPACING_S 10
#define PEN_SCHEDULE_JIDS_SPACING_S 2
/** PEN_SCHEDULE_BYTES_A_S: JIDs are asked about no faster: two thirds of what ejabberd's usual shaper lets pass. */
#define PEN_SCHEDULE_BYTES_A_S 2000
/** PEN_SCHEDULE_FOLLOW_MAX: most JIDs of one answered number that are asked about. */
#define PEN_SCHEDULE_FOLLOW_MAX 4
/** PEN_SCHEDULE_OPEN_MAX: batches whose answers are awaited at one time. */
#define PEN_SCHEDULE_OPEN_MAX 64
/** PEN_SCHEDULE_SUBJECTS_MAX: most subjects of one schedule. */
#define PEN_SCHEDULE_SUBJECTS_MAX 65536
/** PEN_SCHEDULE_SUBJECT_MAX_BYTES: longest subject. */
#define PEN_SCHEDULE_SUBJECT_MAX_BYTES 3072
/** PEN_SCHEDULE_NO_OVERRIDE: the account's policy holds for this person. */
#define PEN_SCHEDULE_NO_OVERRIDE (-1)

#define PEN_SCHEDULE_ERROR (pen_schedule_error_quark ())
GQuark pen_schedule_error_quark (void);

/** PenScheduleError: PEN_SCHEDULE_ERROR_UNREADABLE: not a saved schedule, or of an unknown version. */
typedef enum
{
  PEN_SCHEDULE_ERROR_UNREADABLE
} PenScheduleError;

/**
 * PenScheduleClass: what is asked about a subject.
 * @PEN_SCHEDULE_DIRECTORY: a phone directory, about a number
 * @PEN_SCHEDULE_CAPABILITY: servers, about the device list and bundles of a JID
 */
typedef enum
{
  PEN_SCHEDULE_DIRECTORY,
  PEN_SCHEDULE_CAPABILITY,
  PEN_SCHEDULE_N_CLASSES
} PenScheduleClass;

/**
 * PenScheduleLane: why a batch leaves.
 * @PEN_SCHEDULE_LANE_SLOT: numbers, at the fixed period
 * @PEN_SCHEDULE_LANE_FAST: numbers, the fast lane of a padded schedule
 * @PEN_SCHEDULE_LANE_SWEEP: JIDs, at the fixed period
 * @PEN_SCHEDULE_LANE_WISH: at once, because the policy or an explicit look-up says so
 * @PEN_SCHEDULE_LANE_FOLLOW: JIDs that a directory answered
 */
typedef enum
{
  PEN_SCHEDULE_LANE_SLOT,
  PEN_SCHEDULE_LANE_FAST,
  PEN_SCHEDULE_LANE_SWEEP,
  PEN_SCHEDULE_LANE_WISH,
  PEN_SCHEDULE_LANE_FOLLOW,
  PEN_SCHEDULE_N_LANES
} PenScheduleLane;

/** PenSchedulePart: the parts of a schedule that are saved apart, or'ed together. */
typedef enum
{
  PEN_SCHEDULE_PART_HEAD = 1 << 0,
  PEN_SCHEDULE_PART_SUBJECTS = 1 << 1
} PenSchedulePart;

/**
 * PenScheduleNow: one reading of the clocks, in microseconds.
 * @wall_us: since 1970-01-01 UTC; may jump
 * @mono_us: of a clock that only goes forward, as g_get_monotonic_time(); without one, the same as @wall_us
 */
typedef struct
{
  gint64 wall_us;
  gint64 mono_us;
} PenScheduleNow;

/**
 * PenScheduleCover: where cover numbers come from.
 * @draw: (nullable): a new subject that looks like @like (a contact's number, or %NULL if there is none), or
 *   %NULL if there is none; it takes its chance from @random alone. Without @draw nothing can be padded.
 * @data: handed to @draw
 */
typedef struct
{
  char *(*draw) (const char *like, const PenRandom *random, gpointer data);
  gpointer data;
} PenScheduleCover;

/**
 * PenSchedulePerson: a person of the contact list.
 * @subject: canonical address; of any form, but always the same for one person
 * @of: what is asked about them
 * @when: a #PenWhen that overrides the account's, or %PEN_SCHEDULE_NO_OVERRIDE
 */
typedef struct
{
  const char *subject;
  PenScheduleClass of;
  int when;
} PenSchedulePerson;

/**
 * PenScheduleWish: somebody is wanted to be asked about.
 * @person: who
 * @trigger: TYPED, OPENED, SEND or MANUAL; PUSHED for keys that a message which came in has shown to be broken
 * @is_fresh: whether an answer is at hand that may be used again; see pen_schedule_fresh_s()
 * @wants_keys: the device list is known, and only bundles are wanted that are missing
 */
typedef struct
{
  PenSchedulePerson person;
  PenTrigger trigger;
  gboolean is_fresh;
  gboolean wants_keys;
} PenScheduleWish;

/**
 * PenScheduleReply: what becomes of a wish.
 * @verdict: ASK: the next pen_schedule_step() hands it out. FRESH: no need. LATER: not now. WITHHOLD: forbidden
 * @at_us: with LATER: wall-clock time of the slot that asks, or 0 if none will
 * @rule: (nullable): static text: `explicit` (leaks), `fresh`, `never`, `batch`, `pad`, `no-cover`, `offline`
 */
typedef struct
{
  PenVerdict verdict;
  gint64 at_us;
  const char *rule;
} PenScheduleReply;

/**
 * PenScheduleSlot: one subject in a batch.
 * @subject: the address
 * @number: (nullable): with FOLLOW, the number whose answer named it
 * @is_cover: whether it stands for no real contact; for the ledger only
 */
typedef struct
{
  char *subject;
  char *number;
  gboolean is_cover;
} PenScheduleSlot;

/**
 * PenScheduleBatch: what is asked now, together and in this order.
 * @id: number of the batch, for the ledger; never sent to anybody
 * @epoch: number of the period that it belongs to, counted per lane
 * @lane: why it leaves; @of: what is asked; @trigger: for the ledger
 * @chunk, @chunks: a large batch comes in parts, which share @epoch
 * @rule: (nullable): static text for the ledger
 * @is_leak: asked at once by an explicit wish, outside every schedule
 * @only_keys: not the subject itself is asked about, but the bundles that a wish with @wants_keys was about
 * @slots: (element-type PenScheduleSlot): the subjects
 */
typedef struct
{
  guint64 id;
  guint64 epoch;
  PenScheduleLane lane;
  PenScheduleClass of;
  PenTrigger trigger;
  guint chunk;
  guint chunks;
  const char *rule;
  gboolean is_leak;
  gboolean only_keys;
  GPtrArray *slots;
} PenScheduleBatch;

/**
 * PenScheduleAnswer: what came back for one subject.
 * @subject: the address asked about
 * @jids: (nullable): of a directory: the XMPP addresses; %NULL or empty: none, or an error
 */
typedef struct
{
  const char *subject;
  const char *const *jids;
} PenScheduleAnswer;

/** PenSchedule: when everybody is asked about. */
typedef struct _PenSchedule PenSchedule;

/**
 * pen_schedule_new:
 * @random: used once, now, for the key from which all later chance comes
 * @cover: (nullable): copied
 *
 * Returns: (transfer full): a schedule that is offline and has no subjects; its policy is `never`
 */
PenSchedule *pen_schedule_new (const PenRandom *random, const PenScheduleCover *cover);

/**
 * pen_schedule_free:
 * @schedule: (nullable) (transfer full): a schedule
 */
void pen_schedule_free (PenSchedule *schedule);

/**
 * pen_schedule_set_policy:
 * @schedule: a schedule
 * @now: the clocks
 * @policy: the account's; `pad` counts with `batch` only. Out-of-range numbers are brought into range
 *
 * The subjects, cover ones too, outlive every change.
 */
void pen_schedule_set_policy (PenSchedule *schedule, const PenScheduleNow *now, const PenPolicy *policy);

/**
 * pen_schedule_set_online:
 * @schedule: a schedule
 * @now: the clocks
 * @is_online: whether requests can be sent
 *
 * Slots that pass while offline are dropped. What is left of a sweep when it
 * is cut, with the chunk that was leaving just then, waits for the next slot.
 */
void pen_schedule_set_online (PenSchedule *schedule, const PenScheduleNow *now, gboolean is_online);

/**
 * pen_schedule_add:
 * @schedule: a schedule
 * @person: somebody the user knows, or their new override
 *
 * Adding somebody again changes the override and nothing else. Unless the
 * policy is `batch` in force nobody is asked because of it.
 *
 * Returns: %FALSE if the subject is too long, not UTF-8, or one too many
 */
gboolean pen_schedule_add (PenSchedule *schedule, const PenSchedulePerson *person);

/**
 * pen_schedule_remove:
 * @schedule: a schedule
 * @subject: somebody the user no longer knows; unknown ones are ignored
 *
 * A number that was in a padded batch stays there, as a cover subject.
 */
void pen_schedule_remove (PenSchedule *schedule, const char *subject);

/**
 * pen_schedule_keep_only:
 * @schedule: a schedule
 * @names: (element-type utf8): subjects, as a set: the contact list as it is
 *
 * Removes everybody else, as by pen_schedule_remove(): for a list that
 * changed while nobody looked, and for those who were only met in passing.
 */
void pen_schedule_keep_only (PenSchedule *schedule, GHashTable *names);

/**
 * pen_schedule_want:
 * @schedule: a schedule
 * @now: the clocks
 * @wish: who is wished to be asked about, and why
 * @reply: (out): what becomes of it
 *
 * Judges by pen_policy_judge(). Somebody new whom the schedule will ask about
 * is added, as by pen_schedule_add(). For somebody whom it asks about anyway
 * a wish changes nothing that anybody can see; MANUAL excepted.
 */
void pen_schedule_want (PenSchedule *schedule, const PenScheduleNow *now, const PenScheduleWish *wish,
                        PenScheduleReply *reply);

/**
 * pen_schedule_answered:
 * @schedule: a schedule
 * @now: the clocks
 * @batch: id of the batch that was answered
 * @answers: (array length=n_answers) (nullable): what it says; nothing for a timeout or error
 * @n_answers: how many
 *
 * An answer never moves a slot. The JIDs of an answered number are asked
 * about next, %PEN_SCHEDULE_FOLLOW_MAX of each, in the batch's order, for
 * real and cover numbers alike. The second answer to a batch, a late one
 * (%PEN_SCHEDULE_OPEN_MAX batches later) and subjects that were not asked
 * about are ignored.
 */
void pen_schedule_answered (PenSchedule *schedule, const PenScheduleNow *now, guint64 batch,
                            const PenScheduleAnswer *answers, gsize n_answers);

/**
 * pen_schedule_spent:
 * @schedule: a schedule
 * @now: the clocks
 * @bytes: length of a request that leaves because of a batch of the schedule's, or of an answer to one
 *
 * The chunks of JIDs that come after it wait until it is paid for. Never for
 * what the user's own wishes ask: they must move no chunk.
 */
void pen_schedule_spent (PenSchedule *schedule, const PenScheduleNow *now, gint64 bytes);

/**
 * pen_schedule_missed:
 * @schedule: a schedule
 * @batch: the last one that pen_schedule_step() gave; it could not be put to anybody
 *
 * Who is in it is asked at the next slot; without padding, where a slot that
 * is missed is missed.
 */
void pen_schedule_missed (PenSchedule *schedule, const PenScheduleBatch *batch);

/**
 * pen_schedule_step:
 * @schedule: a schedule
 * @now: the clocks
 *
 * Call it until it returns %NULL, after every event and at the wake-up time.
 * A slot that is noticed more than a quarter of its period (five minutes at
 * most) late is dropped. After a jump of the clock at most one batch a lane
 * is due, and two batches of a lane are never less than half a period apart.
 *
 * Returns: (transfer full) (nullable): what is asked now
 */
PenScheduleBatch *pen_schedule_step (PenSchedule *schedule, const PenScheduleNow *now);

/**
 * pen_schedule_batch_free:
 * @batch: (nullable) (transfer full): a batch
 */
void pen_schedule_batch_free (PenScheduleBatch *batch);

/**
 * pen_schedule_wake_us:
 * @schedule: a schedule
 * @now: the clocks
 *
 * Returns: microseconds from now until pen_schedule_step() has work; -1 for never
 */
gint64 pen_schedule_wake_us (PenSchedule *schedule, const PenScheduleNow *now);

/**
 * pen_schedule_fresh_s:
 * @schedule: a schedule
 * @of: a class of subjects
 *
 * With `batch` an answer stands until the schedule has surely asked again,
 * however long that is: who is written to must not make anybody be asked.
 *
 * Returns: seconds for which an answer is used again
 */
guint pen_schedule_fresh_s (PenSchedule *schedule, PenScheduleClass of);

/**
 * pen_schedule_is_padded:
 * @schedule: a schedule
 *
 * Returns: whether padded batches leave now; %FALSE also while cover subjects
 *   are still being collected, or cannot be had (then nothing is asked)
 */
gboolean pen_schedule_is_padded (PenSchedule *schedule);

/**
 * pen_schedule_count:
 * @schedule: a schedule
 * @of: a class of subjects
 * @cover: (out) (optional): cover subjects among those that are asked about
 *
 * Returns: real subjects
 */
guint pen_schedule_count (PenSchedule *schedule, PenScheduleClass of, guint *cover);

/**
 * pen_schedule_slots:
 * @schedule: a schedule
 *
 * Returns: subjects of a padded batch as it is now; 0 if there was none yet
 */
guint pen_schedule_slots (PenSchedule *schedule);

/**
 * pen_schedule_changed:
 * @schedule: a schedule
 *
 * A batch changes the head, which is small (under 300 bytes); people who come
 * and go, and new cover subjects, change the subjects (some 20 bytes each).
 *
 * Returns: the parts (#PenSchedulePart) that differ from what was saved last
 */
guint pen_schedule_changed (PenSchedule *schedule);

/**
 * pen_schedule_save:
 * @schedule: a schedule
 * @part: which part; it counts as saved then
 *
 * Both parts belong together: store them in the transaction that makes the
 * rows of the batch durable. Policy, answers awaited and what is left of a
 * batch are not in them. The bytes are secret: they hold the key.
 *
 * Returns: (transfer full): bytes for pen_schedule_load()
 */
GBytes *pen_schedule_save (PenSchedule *schedule, PenSchedulePart part);

/**
 * pen_schedule_load:
 * @head: what was saved of %PEN_SCHEDULE_PART_HEAD
 * @subjects: what was saved of %PEN_SCHEDULE_PART_SUBJECTS
 * @cover: (nullable): copied
 * @error: PEN_SCHEDULE_ERROR
 *
 * Strict: one byte too many or an unknown version is an error. Do not begin
 * anew with other cover subjects because of it without asking the user: two
 * populations intersected show who is real.
 *
 * Returns: (transfer full) (nullable): the schedule, offline
 */
PenSchedule *pen_schedule_load (GBytes *head, GBytes *subjects, const PenScheduleCover *cover, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenSchedule, pen_schedule_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenScheduleBatch, pen_schedule_batch_free)

G_END_DECLS
