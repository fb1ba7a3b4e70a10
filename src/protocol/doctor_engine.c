/*
 * A conversation: scanning a line for keywords, trying their rules, remembering and bringing up.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/doctor_engine.h"
#include "protocol/doctor_words.h"

enum {
	LINES = 4,     /* after so many the count of lines begins again */
	KEYS_MAX = 32, /* of a line; the lowest are left out */
	ATTEMPTS = 6,  /* at an answer other than the last one, the second half without keywords */
};

struct doctor_conversation {
	const struct doctor_script *script;
	enum doctor_manner manner;
	uint64_t random;
	unsigned line; /* 1 to LINES */
	char *memories[DOCTOR_MEMORIES_MAX];
	size_t memory_count;
	char last[DOCTOR_REPLY_BYTES];
	uint32_t next[]; /* for each rule, which reassembly comes next */
};

/* A line being answered. */
struct turn {
	struct doctor_conversation *conversation;
	const struct doctor_script *script;
	struct doctor_reply *reply;
	struct doctor_line line;
	/* The clause that is answered: in the line, or, after PRE, in made. */
	struct doctor_word *words;
	size_t count;
	struct doctor_words made;
	/* The keystack, from the top. */
	int32_t keys[KEYS_MAX];
	size_t key_count, key_at;
	size_t why; /* length of the explanation */
};

/* --- A conversation. --- */

/* SplitMix64. */
static uint64_t next_random(struct doctor_conversation *conversation)
{
	uint64_t z = conversation->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct doctor_conversation *doctor_conversation_new(const struct doctor_script *script,
						    enum doctor_manner manner, uint64_t seed)
{
	struct doctor_conversation *conversation =
		calloc(1, sizeof(*conversation) + script->rule_count * sizeof(uint32_t));

	if (!conversation)
		return NULL;
	conversation->script = script;
	conversation->manner = manner;
	conversation->random = seed;
	conversation->line = 1;
	for (uint32_t i = 0; manner == DOCTOR_MANNER_OURS && i < script->rule_count; i++)
		conversation->next[i] =
			(uint32_t)(next_random(conversation) % script->rules[i].reassemblies.count);
	return conversation;
}

void doctor_conversation_free(struct doctor_conversation *conversation)
{
	if (!conversation)
		return;
	for (size_t i = 0; i < conversation->memory_count; i++)
		free(conversation->memories[i]);
	free(conversation);
}

static bool is_ours(const struct turn *turn)
{
	return turn->conversation->manner == DOCTOR_MANNER_OURS;
}

/* --- Explaining. --- */

static void explain(struct turn *turn, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void explain(struct turn *turn, const char *format, ...)
{
	size_t room = sizeof(turn->reply->why) - turn->why;
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(turn->reply->why + turn->why, room, format, arguments);
	va_end(arguments);
	turn->why += (size_t)length < room ? (size_t)length : room - 1;
}

/* --- Saying. --- */

static void say(struct turn *turn, struct doctor_words *words)
{
	struct doctor_reply *reply = turn->reply;

	if (is_ours(turn))
		doctor_polish(words);
	reply->n = doctor_write(words, !is_ours(turn), reply->text, sizeof(reply->text));
}

static void say_text(struct turn *turn, const char *text)
{
	turn->reply->n = (size_t)snprintf(turn->reply->text, sizeof(turn->reply->text), "%s", text);
}

/* What the program of 1966 says when a keyword's decompositions all fail. */
static void say_anything(struct turn *turn)
{
	static const char *const remarks[LINES] = {"PLEASE CONTINUE", "HMMM", "GO ON , PLEASE",
						   "I SEE"};

	explain(turn, "%sno decomposition matches", turn->why ? ": " : "");
	say_text(turn, remarks[turn->conversation->line - 1]);
}

/* --- Keywords. --- */

/* Puts a key on top of the keystack if it ranks above all found before, else at the bottom. */
static void push_key(struct turn *turn, int32_t number, uint32_t *highest)
{
	uint32_t precedence = turn->script->keys[number].precedence;

	if (turn->key_count == KEYS_MAX)
		turn->key_count--;
	if (precedence > *highest) {
		memmove(turn->keys + 1, turn->keys, turn->key_count * sizeof(turn->keys[0]));
		turn->keys[0] = number;
		*highest = precedence;
	} else {
		turn->keys[turn->key_count] = number;
	}
	turn->key_count++;
}

/* Notes the word's key, and substitutes the word. */
static void look_up(struct turn *turn, struct doctor_word *word, uint32_t *highest)
{
	int32_t number = turn->script->symbols[word->symbol].key;

	if (number == DOCTOR_NO_KEY)
		return;
	const struct doctor_key *key = &turn->script->keys[number];
	if (key->rules.count)
		push_key(turn, number, highest);
	if (key->substitute.text.n) {
		word->text = key->substitute.text;
		word->symbol = key->substitute.symbol;
	}
}

/* Finds the clause that is answered: the first one with a keyword, else the last one. */
static void scan(struct turn *turn)
{
	uint32_t highest = 0;

	for (size_t at = 0; at < turn->count; at++) {
		struct doctor_word *word = &turn->words[at];
		if (word->symbol != DOCTOR_DELIMITER && word->symbol != turn->script->but) {
			look_up(turn, word, &highest);
		} else if (turn->key_count) {
			turn->count = at;
		} else {
			turn->words += at + 1;
			turn->count -= at + 1;
			at = SIZE_MAX; /* the loop goes on with 0 */
		}
	}
}

/* --- Rules. --- */

enum outcome { SAID, LINKED, DROPPED, UNMATCHED };

/* Does what a reassembly says; *link becomes the key that it names. */
static enum outcome perform(struct turn *turn, const struct doctor_reassembly *reassembly,
			    const struct doctor_parts *parts, int32_t *link)
{
	struct doctor_words words;

	*link = reassembly->key;
	if (reassembly->act == DOCTOR_NEWKEY)
		return DROPPED;
	if (reassembly->act == DOCTOR_LINK)
		return LINKED;
	doctor_assemble(turn->script, reassembly->elements, turn->words, parts, &words);
	if (reassembly->act == DOCTOR_SAY) {
		say(turn, &words);
		return SAID;
	}
	turn->made = words;
	turn->words = turn->made.list;
	turn->count = turn->made.count;
	return LINKED;
}

/* Applies the key's first rule that matches. */
static enum outcome apply(struct turn *turn, const struct doctor_key *key, int32_t *link)
{
	struct doctor_parts parts;

	explain(turn, "%s%.*s", turn->why ? ", then " : "", (int)key->name.n, key->name.bytes);
	if (key->precedence)
		explain(turn, " (precedence %u)", (unsigned)key->precedence);
	for (uint32_t i = 0; i < key->rules.count; i++) {
		uint32_t number = key->rules.first + i;
		const struct doctor_rule *rule = &turn->script->rules[number];
		if (!doctor_match(turn->script, rule->elements, turn->words, turn->count, &parts))
			continue;
		uint32_t *next = &turn->conversation->next[number], chosen = *next;
		*next = (chosen + 1) % rule->reassemblies.count;
		explain(turn, " (%.*s) %u of %u", (int)rule->source.n, rule->source.bytes,
			(unsigned)chosen + 1, (unsigned)rule->reassemblies.count);
		return perform(turn, &turn->script->reassemblies[rule->reassemblies.first + chosen],
			       &parts, link);
	}
	return UNMATCHED;
}

static int32_t pop_key(struct turn *turn)
{
	return turn->key_at < turn->key_count ? turn->keys[turn->key_at++] : DOCTOR_NO_KEY;
}

/* Goes through the keys and what they link to. Returns whether something was said. */
static bool follow(struct turn *turn, int32_t number)
{
	for (int steps = 0; number != DOCTOR_NO_KEY && steps < DOCTOR_STEPS_MAX; steps++) {
		int32_t link;
		enum outcome outcome = apply(turn, &turn->script->keys[number], &link);
		if (outcome == SAID)
			return true;
		if (outcome == UNMATCHED && !is_ours(turn)) {
			say_anything(turn);
			return true;
		}
		number = outcome == LINKED ? link : pop_key(turn);
	}
	return false;
}

/* --- Memory. --- */

/* Keeps a saying for later, in the form that the hash of the clause's last word chooses. */
static void remember(struct turn *turn)
{
	struct doctor_conversation *conversation = turn->conversation;
	const struct doctor_script *script = turn->script;
	unsigned chosen = doctor_hash(turn->words[turn->count - 1].text, 2);
	const struct doctor_rule *rule = &script->rules[script->memory.first + chosen];
	struct doctor_parts parts;
	struct doctor_words words;

	if (conversation->memory_count == DOCTOR_MEMORIES_MAX ||
	    !doctor_match(script, rule->elements, turn->words, turn->count, &parts))
		return;
	doctor_assemble(script, script->reassemblies[rule->reassemblies.first].elements,
			turn->words, &parts, &words);
	say(turn, &words);
	char *saying = strdup(turn->reply->text);
	if (saying)
		conversation->memories[conversation->memory_count++] = saying;
}

/* Whether it is time to bring up a saying, which there has to be. */
static bool recalls(const struct turn *turn)
{
	const struct doctor_conversation *conversation = turn->conversation;

	return conversation->memory_count &&
	       (is_ours(turn) ? conversation->line % 2 == 0 : conversation->line == LINES);
}

static void recall(struct turn *turn)
{
	struct doctor_conversation *conversation = turn->conversation;
	char *saying = conversation->memories[0];

	say_text(turn, saying);
	free(saying);
	conversation->memory_count--;
	memmove(conversation->memories, conversation->memories + 1,
		conversation->memory_count * sizeof(conversation->memories[0]));
	explain(turn, "no keyword: a saying is brought up");
}

/* --- Answering. --- */

/* Answers by the keywords, or without them. */
static void attempt(struct turn *turn, bool keywords)
{
	turn->key_at = turn->why = 0;
	turn->reply->why[0] = '\0';
	if (keywords && turn->key_count == 0 && recalls(turn))
		recall(turn);
	else if (!(keywords && follow(turn, pop_key(turn))) && !follow(turn, turn->script->none))
		say_anything(turn);
}

static void answer(struct turn *turn)
{
	struct doctor_conversation *conversation = turn->conversation;

	scan(turn);
	if (turn->key_count && turn->keys[0] == turn->script->memory_key)
		remember(turn);
	struct doctor_word *words = turn->words;
	size_t count = turn->count;
	for (int tries = 0; tries < ATTEMPTS; tries++) {
		turn->words = words;
		turn->count = count;
		attempt(turn, tries < ATTEMPTS / 2);
		if (!is_ours(turn) || strcmp(turn->reply->text, conversation->last) != 0)
			break;
	}
}

/* Whether the line is a goodbye and no more. */
static bool is_goodbye(const struct turn *turn)
{
	static const struct slice goodbyes[] = {{"bye", 3}, {"goodbye", 7}, {"quit", 4}};

	for (size_t i = 0; turn->count == 1 && i < sizeof(goodbyes) / sizeof(goodbyes[0]); i++) {
		if (doctor_same(turn->words[0].text, goodbyes[i]))
			return true;
	}
	return false;
}

/* Answers a goodbye by FAREWELL's rules, else by those of the word that was said. */
static void bid_farewell(struct turn *turn)
{
	int32_t key = turn->script->farewell;

	if (key == DOCTOR_NO_KEY)
		key = turn->script->symbols[turn->words[0].symbol].key;
	if (!follow(turn, key))
		say_text(turn, "GOODBYE");
	turn->reply->ends = true;
}

void doctor_greet(struct doctor_conversation *conversation, struct doctor_reply *reply)
{
	const struct doctor_script *script = conversation->script;
	struct turn turn = {.conversation = conversation, .script = script, .reply = reply};
	uint32_t chosen = 0;

	if (is_ours(&turn))
		chosen = (uint32_t)(next_random(conversation) % script->greetings.count);
	reply->ends = false;
	snprintf(reply->why, sizeof(reply->why), "greeting %u of %u", (unsigned)chosen + 1,
		 (unsigned)script->greetings.count);
	doctor_assemble(script, script->reassemblies[script->greetings.first + chosen].elements,
			NULL, NULL, &turn.made);
	say(&turn, &turn.made);
}

void doctor_answer(struct doctor_conversation *conversation, const char *line, size_t n,
		   struct doctor_reply *reply)
{
	struct turn turn;
	size_t all;

	turn.conversation = conversation;
	turn.script = conversation->script;
	turn.reply = reply;
	turn.key_count = turn.key_at = turn.why = 0;
	doctor_line_read(&turn.line, turn.script, line, n);
	turn.words = turn.line.words.list;
	turn.count = all = turn.line.words.count;
	while (turn.count && turn.words[turn.count - 1].symbol == DOCTOR_DELIMITER)
		turn.count--;
	*reply = (struct doctor_reply){0};
	conversation->line = conversation->line % LINES + 1;
	if (is_goodbye(&turn)) {
		bid_farewell(&turn);
	} else {
		/* What stands before a delimiter and has no keyword was deleted in 1966, even if
		 * nothing followed it. */
		if (!is_ours(&turn))
			turn.count = all;
		answer(&turn);
	}
	memcpy(conversation->last, reply->text, reply->n + 1);
}
