/*
 * A timeline's page in a browser: its script runs, and answers to a pointer, keys and filters.
 * Without Chromium the tests are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/drawn.h"
#include "support/xml.h"

/* Put before everything else. */
static const char watch[] =
	"<script>addEventListener('error',function(e){"
	"document.documentElement.setAttribute('data-error',e.message);});</script>";

static const char *browser;

static int find_browser(void **state)
{
	static const char *const names[] = {"chromium", "chromium-browser", "google-chrome"};
	char command[80];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !browser; i++) {
		snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", names[i]);
		if (system(command) == 0)
			browser = names[i];
	}
	if (!browser)
		print_message("There is no Chromium here: what its page does is not tested.\n");
	return 0;
}

static void write_page(const char *path, const char *page, const char *script)
{
	const char *head = strstr(page, "<head>") + strlen("<head>");
	const char *end = strstr(page, "</body>");
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fwrite(page, 1, (size_t)(head - page), file);
	fputs(watch, file);
	fwrite(head, 1, (size_t)(end - head), file);
	fprintf(file,
		"<script>document.documentElement.setAttribute('data-said',"
		"String((function(){%s})()));</script>%s",
		script, end);
	assert_int_equal(fclose(file), 0);
}

static char *read_all(FILE *file)
{
	char *text = NULL, buffer[4096];
	size_t length, n;
	FILE *memory = open_memstream(&text, &length);

	assert_non_null(memory);
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		fwrite(buffer, 1, n, memory);
	assert_int_equal(fclose(memory), 0);
	return text;
}

/* Opens a page, runs a function's body after the page's own script, and returns the document as it
 * is then. The caller frees it. */
static char *browse(const char *page, const char *script)
{
	char folder[] = "/tmp/sockettool-page-XXXXXX", path[64], command[512], *document;
	FILE *pipe;
	int status;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/page.html", folder);
	write_page(path, page, script);
	snprintf(command, sizeof(command),
		 "timeout 90 %s --headless --no-sandbox --disable-gpu --no-first-run "
		 "--disable-background-networking --disable-dev-shm-usage "
		 "--user-data-dir=%s/profile --window-size=1200,900 --dump-dom file://%s "
		 "2>%s/errors",
		 browser, folder, path, folder);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	document = read_all(pipe);
	status = pclose(pipe);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s ended with %d", browser, status);
	assert_null(strstr(document, "data-error="));
	assert_non_null(strstr(document, "data-ready=\"yes\""));
	return document;
}

static void assert_said(const char *document, const char *expected)
{
	static const char before[] = "data-said=\"";
	const char *said = strstr(document, before);
	char found[256];

	assert_non_null(said);
	said += strlen(before);
	snprintf(found, sizeof(found), "%.*s", (int)strcspn(said, "\""), said);
	assert_string_equal(found, expected);
}

static struct drawn draw(void (*make)(struct recording *))
{
	struct recording *recording = recording_new();

	assert_non_null(recording);
	make(recording);
	return drawn_make(view_html, recording);
}

/* Runs a script in a recording's page and checks what it returns. */
static void assert_answer(void (*make)(struct recording *), const char *script,
			  const char *expected)
{
	struct drawn drawn;
	char *document;

	if (!browser)
		skip();
	drawn = draw(make);
	document = browse(drawn.text, script);
	assert_said(document, expected);
	free(document);
	drawn_free(&drawn);
}

static void the_arrows_asked_for_are_there(void **state)
{
	struct drawn drawn = draw(drawn_echo);
	char count[24];

	(void)state;
	snprintf(count, sizeof(count), "%zu", drawn.join->arrow_count);
	drawn_free(&drawn);
	assert_answer(drawn_echo,
		      "return new Set(Array.from(document.querySelectorAll('[data-arrow]'))"
		      ".filter(function(a){return a.getBoundingClientRect().width>50;})"
		      ".map(function(a){return a.dataset.arrow;})).size;",
		      count);
}

static void pointing_shows_what_belongs_together(void **state)
{
	(void)state;
	assert_answer(drawn_echo,
		      "var send=Array.from(document.querySelectorAll('.cell')).find(function(c){"
		      "return c.textContent.includes('client.py:12');});"
		      "send.dispatchEvent(new PointerEvent('pointerover',{bubbles:true}));"
		      "var details=document.getElementById('details');"
		      "return [document.querySelectorAll('.arrow.lit').length,"
		      "Array.from(document.querySelectorAll('.cell.lit')).map(function(c){"
		      "return c.className.baseVal.split(' ')[1];}).join(' '),"
		      "details.hidden,details.textContent.includes('48 65 6c 6c 6f 2c 20 77'),"
		      "details.textContent.includes('client.py:12'),"
		      "details.textContent.includes('33.310 ms')].join(';');",
		      "1;opens call packet returns;false;true;true;true");
}

static void keys_go_from_event_to_event_and_along_arrows(void **state)
{
	(void)state;
	assert_answer(
		drawn_echo,
		"function key(k){document.activeElement.dispatchEvent("
		"new KeyboardEvent('keydown',{key:k,bubbles:true,cancelable:true}));}"
		"function at(){return document.activeElement.textContent.slice(0,6);}"
		"var said=[];document.querySelector('.cell').focus();"
		"key('ArrowDown');said.push(at());key('End');said.push(at());key('Home');"
		"said.push(at());"
		"Array.from(document.querySelectorAll('.cell')).find(function(c){"
		"return c.textContent.includes('client.py:12');}).focus();"
		"key('ArrowRight');said.push(at());key('ArrowRight');said.push(at());"
		"key('ArrowLeft');said.push(at());key('Escape');"
		"said.push(document.activeElement.id,document.getElementById('details').hidden);"
		"key('+');said.push(document.getElementById('zoom').textContent);"
		"return said.join(';').replaceAll('\"','q');",
		"bind(3;ends w;socket;PSH 12;= 12 q;PSH 12;view;true;125 %");
}

static void room(struct recording *recording)
{
	drawn_room(recording, 3, 4, true);
}

static void filters_take_columns_and_rows_away_and_bring_them_back(void **state)
{
	(void)state;
	assert_answer(
		room,
		"function shown(what){return Array.from(document.querySelectorAll(what)).filter("
		"function(n){return n.style.display!=='none';});}"
		"function ways(){return Array.from(document.querySelectorAll('.way')).map("
		"function(w){return w.getAttribute('d').match(/[0-9.]+/g).map(Number).map("
		"Math.round).join();}).join();}"
		"var before=ways(),sheet=document.getElementById('sheet'),width=sheet.offsetWidth,"
		"rows=shown('[data-row]').length,said=[];"
		"document.querySelector('input[name=program][value=\"2\"]').click();"
		"said.push(shown('.heads [data-column]').length,sheet.offsetWidth!==width,"
		"shown('[data-row]').length!==rows);"
		"document.querySelector('input[name=connection][value=\"0\"]').click();"
		"said.push(shown('.arrow.c0').length,shown('.cell.c0').length);"
		"document.querySelector('[data-all=program]').click();"
		"document.querySelector('[data-all=connection]').click();"
		"said.push(ways()===before,shown('[data-row]').length===rows,"
		"sheet.offsetWidth===width);"
		"return said.join(';');",
		"4;true;true;0;0;true;true;true");
}

static void hostile_texts_do_nothing(void **state)
{
	(void)state;
	assert_answer(drawn_hostile,
		      "var s=document.querySelectorAll('script').length;"
		      "document.querySelectorAll('.cell').forEach(function(c){c.dispatchEvent("
		      "new PointerEvent('pointerover',{bubbles:true}));});"
		      "return s+';'+document.querySelectorAll('#details script').length;",
		      "4;0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_arrows_asked_for_are_there),
		cmocka_unit_test(pointing_shows_what_belongs_together),
		cmocka_unit_test(keys_go_from_event_to_event_and_along_arrows),
		cmocka_unit_test(filters_take_columns_and_rows_away_and_bring_them_back),
		cmocka_unit_test(hostile_texts_do_nothing),
	};

	return cmocka_run_group_tests(tests, find_browser, NULL);
}
