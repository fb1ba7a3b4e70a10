/*
 * The same load on several servers in turn: each is started, measured and ended once a round for
 * each number of connections, so that what the machine does meanwhile meets all alike.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/command_line.h"
#include "bench/generator.h"
#include "bench/machine.h"
#include "bench/outputs.h"
#include "bench/planning.h"
#include "bench/progress.h"
#include "bench/report.h"
#include "bench/subject.h"
#include "bench/words.h"
#include "sockettool/bench.h"
#include "sockettool/model.h"

enum { ROUNDS = 5, SUBJECTS_MAX = 16 };

static const char model_levels[] = "1,10,100,1000";

struct contest {
	struct comparison comparison;
	struct plan plan;
	struct machine machine;
	struct placement placement;
	struct subject subjects[SUBJECTS_MAX];
	const struct model *models[SUBJECTS_MAX]; /* NULL: a user's command */
	char *commands[SUBJECTS_MAX + 1];         /* of models; one may be too many */
	size_t command_count;
	int levels[PLAN_LEVELS_MAX];
	struct result *results;
	struct histogram *latency, *uncorrected;
};

/* --- Who takes part. --- */

static bool can_serve(const struct model *model, const struct protocol *protocol)
{
	struct error error;

	if (model->available && !model->available(&error))
		return false;
	return !protocol->shared || (model->abilities & MODEL_SHARED);
}

static int add_command(struct contest *contest, const char *name, const char *command,
		       struct error *error)
{
	size_t *count = &contest->comparison.subject_count;

	if (*count == SUBJECTS_MAX)
		return error_usage(error, "--compare takes at most %d servers", SUBJECTS_MAX);
	int status = running_check(command, error);
	if (status == 0)
		contest->subjects[(*count)++] = (struct subject){name, command};
	return status;
}

/* self: this program's path, quoted. */
static int add_model(struct contest *contest, const struct model *model, const char *self,
		     struct error *error)
{
	size_t place = contest->comparison.subject_count;
	char **command = &contest->commands[contest->command_count];

	/* The shell gives its process to the server, which then ends with this program even if that
	 * is killed. */
	if (asprintf(command,
		     "exec %s serve %s --host 127.0.0.1 --port {port} %s --model %s --quiet", self,
		     contest->plan.protocol->name, contest->plan.datagrams ? "--udp" : "--tcp",
		     model->name) < 0)
		return error_system(error, ENOMEM, "write the command of %s", model->name);
	contest->command_count++;
	int status = add_command(contest, model->name, *command, error);
	if (status)
		return status;
	contest->models[place] = model;
	if (strcmp(model->name, MODEL_DEFAULT) == 0)
		contest->comparison.base = place;
	return 0;
}

static int add_models(struct contest *contest, struct error *error)
{
	const struct protocol *protocol = contest->plan.protocol;
	char *self = command_line_self(error);
	int status = self ? 0 : -ENOENT;

	for (size_t i = 0; models[i] && status == 0; i++) {
		if (can_serve(models[i], protocol))
			status = add_model(contest, models[i], self, error);
	}
	free(self);
	return status;
}

static int add_commands(struct contest *contest, const char *const *commands, size_t count,
			struct error *error)
{
	int status = 0;

	for (size_t i = 0; i < count && status == 0; i++)
		status = strcmp(commands[i], "models") == 0
				 ? add_models(contest, error)
				 : add_command(contest, commands[i], commands[i], error);
	return status;
}

/* --- A round. --- */

/* Of a model that serves one connection at a time, the others would see nothing but time-outs. */
static bool leaves_others_waiting(const struct contest *contest, size_t subject, int level)
{
	const struct model *model = contest->models[subject];

	return model && (model->abilities & MODEL_SINGLE) && level > 1 &&
	       !contest->plan.datagrams && contest->plan.protocol->workload->kind != WORKLOAD_VISIT;
}

static int measure(struct contest *contest, size_t subject, int level, struct result *result,
		   struct error *error)
{
	static const struct watcher watcher = {.look = progress_look};
	struct running running;

	*result = (struct result){.server_time = -1};
	if (leaves_others_waiting(contest, subject, level)) {
		snprintf(result->complaint, sizeof(result->complaint),
			 "%s serves one connection at a time", contest->subjects[subject].name);
		return 0;
	}
	contest->plan.connections = level;
	int status = running_start(&running, contest->subjects[subject].command,
				   contest->plan.datagrams, &contest->placement,
				   contest->plan.timeout, error);
	if (status)
		return status;
	status = generate(&contest->plan, &running.target, progress_wanted() ? &watcher : NULL,
			  result, contest->latency, contest->uncorrected, error);
	running_stop(&running);
	return status;
}

static int measure_all(struct contest *contest, struct error *error)
{
	const struct comparison *comparison = &contest->comparison;
	struct plan plan = contest->plan;
	char step[192], connections[WORDS_TEXT];
	int status = 0;

	for (size_t round = 0; round < comparison->rounds; round++) {
		for (size_t level = 0; level < comparison->level_count; level++) {
			plan.connections = contest->levels[level];
			words_connections(connections, &plan);
			for (size_t i = 0; i < comparison->subject_count; i++) {
				size_t at =
					(i * comparison->level_count + level) * comparison->rounds +
					round;
				snprintf(step, sizeof(step), "round %zu of %zu, %.80s, %.60s",
					 round + 1, comparison->rounds, connections,
					 contest->subjects[i].name);
				progress_step(step);
				status = measure(contest, i, contest->levels[level],
						 &contest->results[at], error);
				if (status || generate_stopped())
					return status;
			}
		}
	}
	return status;
}

/* --- The whole. --- */

static int write_report(void *comparison, enum output output, FILE *file)
{
	switch (output) {
	case OUTPUT_JSON:
		return comparison_json(comparison, file);
	case OUTPUT_SVG:
		return comparison_svg(comparison, file);
	case OUTPUT_HTML:
		return comparison_html(comparison, file);
	default:
		return comparison_text(comparison, file);
	}
}

/* The first result that is not as planned, as a sentence; what was left out on purpose is none. */
static int judge(const struct contest *contest, struct error *error)
{
	const struct comparison *comparison = &contest->comparison;
	struct plan plan = contest->plan;
	char sentence[300], connections[WORDS_TEXT];

	for (size_t i = 0; i < comparison->subject_count; i++) {
		for (size_t level = 0; level < comparison->level_count; level++) {
			plan.connections = contest->levels[level];
			for (size_t round = 0; round < comparison->rounds; round++) {
				const struct result *result =
					comparison_result(comparison, i, level, round);
				if (leaves_others_waiting(contest, i, plan.connections) ||
				    result_holds(&plan, result, sentence, sizeof(sentence)))
					continue;
				words_connections(connections, &plan);
				return error_set(
					error, STATUS_PROTOCOL, EPROTO, "%.80s with %.80s: %s",
					comparison->subjects[i].name, connections, sentence);
			}
		}
	}
	return 0;
}

static int allocate(struct contest *contest, struct error *error)
{
	struct comparison *comparison = &contest->comparison;

	comparison->rounds = ROUNDS;
	contest->results = calloc(comparison->subject_count * comparison->level_count * ROUNDS,
				  sizeof(*contest->results));
	contest->latency = histogram_new();
	contest->uncorrected = histogram_new();
	comparison->results = contest->results;
	if (contest->results && contest->latency && contest->uncorrected)
		return 0;
	return error_set(error, STATUS_UNREACHABLE, ENOMEM,
			 "there is no memory for the comparison");
}

static int hold(struct contest *contest, struct outputs *outputs, struct error *error)
{
	int status = measure_all(contest, error);

	progress_clear();
	if (status == 0 && generate_stopped())
		return STATUS_SIGNAL + generate_stopped();
	if (status == 0)
		status = outputs_write(outputs, write_report, &contest->comparison, error);
	return status ? status : judge(contest, error);
}

int bench_compare(const struct protocol *protocol, const char *const *commands, size_t count,
		  const struct bench_options *options, struct error *error)
{
	struct contest *contest = calloc(1, sizeof(*contest));
	struct outputs outputs;

	if (!contest)
		return error_set(error, STATUS_UNREACHABLE, ENOMEM,
				 "there is no memory for the comparison");
	struct comparison *comparison = &contest->comparison;
	comparison->plan = &contest->plan;
	comparison->machine = &contest->machine;
	comparison->subjects = contest->subjects;
	comparison->levels = contest->levels;
	bool of_models = count == 1 && strcmp(commands[0], "models") == 0;
	struct bench_options levels = *options;
	/* How models differ shows in how they scale. */
	if (of_models && !options->connections && protocol->workload &&
	    protocol->workload->kind != WORKLOAD_ROOM)
		levels.connections = model_levels;
	int status = plan_make(&contest->plan, contest->levels, &comparison->level_count, protocol,
			       &levels, error);
	if (status == 0 && options->histogram)
		status = error_usage(error, "--histogram is of one server; a comparison has many");
	if (status == 0)
		status = add_commands(contest, commands, count, error);
	if (status == 0)
		status = allocate(contest, error);
	if (status == 0)
		status = outputs_choose(&outputs, options, error);
	char *command = command_line();
	comparison->command = command;
	if (status == 0) {
		generate_on_signal();
		machine_look(&contest->machine);
		placement_choose(&contest->placement, &contest->machine);
		status = hold(contest, &outputs, error);
	}
	histogram_free(contest->latency);
	histogram_free(contest->uncorrected);
	free(command);
	free(contest->results);
	for (size_t i = 0; i < contest->command_count; i++)
		free(contest->commands[i]);
	free(contest);
	return status;
}
