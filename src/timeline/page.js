//<![CDATA[
/*
 * Makes a timeline's page answer: zoom, filters, and what belongs to the thing pointed at. All texts
 * are set as text, never as markup.
 */
(function () {
	"use strict";
	const data = JSON.parse(document.getElementById("data").textContent);
	const view = document.getElementById("view");
	const sheet = document.getElementById("sheet");
	const details = document.getElementById("details");
	const HALF = 7; /* half the height of a call */
	const FIRST = 6; /* above the first row */

	/* A cell is [column, row, row where it ends, call, packet, connection]. */
	const cells = data.cells.map(function (c) {
		return {column: c[0], row: c[1], end: c[2], call: c[3], packet: c[4], connection: c[5]};
	});
	const cellsOfCall = new Map(), cellsOfPacket = new Map();
	const arrowsOfCall = new Map(), arrowsOfPacket = new Map();

	function put(map, key, value) {
		if (key < 0)
			return;
		if (map.has(key))
			map.get(key).push(value);
		else
			map.set(key, [value]);
	}

	cells.forEach(function (cell, i) {
		put(cellsOfCall, cell.call, i);
		put(cellsOfPacket, cell.packet, i);
	});
	data.arrows.forEach(function (arrow, i) {
		put(arrowsOfCall, arrow.send, i);
		if (arrow.receive !== arrow.send)
			put(arrowsOfCall, arrow.receive, i);
		put(arrowsOfPacket, arrow.packet, i);
	});

	/* The elements of each cell and each arrow; those that span bands are in several. */
	const nodesOfCell = cells.map(() => []), nodesOfArrow = data.arrows.map(() => []);

	view.querySelectorAll("[data-cell]").forEach(function (node) {
		nodesOfCell[node.dataset.cell].push(node);
		if (node.classList.contains("cell")) {
			node.setAttribute("tabindex", "-1");
			node.setAttribute("role", "button");
		}
	});
	view.querySelectorAll("[data-arrow]").forEach(function (node) {
		const reach = node.querySelector(".way").cloneNode();

		reach.setAttribute("class", "reach");
		node.append(reach);
		nodesOfArrow[node.dataset.arrow].push(node);
	});

	function cellNode(index) {
		return nodesOfCell[index].find((node) => node.classList.contains("cell"));
	}

	/* --- What belongs together. --- */

	/* A target is {cell: index} or {arrow: index}. */
	function targetOf(node) {
		const found = node.closest ? node.closest("[data-cell],[data-arrow]") : null;

		if (!found)
			return null;
		if (found.dataset.arrow !== undefined)
			return {arrow: Number(found.dataset.arrow)};
		return {cell: Number(found.dataset.cell)};
	}

	function family(target) {
		const calls = new Set(), packets = new Set();
		let arrows;

		if (target.arrow !== undefined) {
			arrows = [target.arrow];
		} else {
			const cell = cells[target.cell];

			arrows = (arrowsOfCall.get(cell.call) || []).concat(
				arrowsOfPacket.get(cell.packet) || []);
			if (cell.call >= 0)
				calls.add(cell.call);
			if (cell.packet >= 0)
				packets.add(cell.packet);
		}
		for (const index of arrows) {
			const arrow = data.arrows[index];

			if (arrow.send >= 0)
				calls.add(arrow.send);
			if (arrow.receive >= 0)
				calls.add(arrow.receive);
			if (arrow.packet >= 0)
				packets.add(arrow.packet);
		}
		return {arrows: new Set(arrows), calls: calls, packets: packets};
	}

	let lit = [];

	function light(related) {
		lit.forEach((node) => node.classList.remove("lit"));
		lit = [];
		view.classList.toggle("active", related !== null);
		if (!related)
			return;
		related.arrows.forEach((i) => lit.push(...nodesOfArrow[i]));
		related.calls.forEach(function (call) {
			for (const i of cellsOfCall.get(call) || [])
				lit.push(...nodesOfCell[i]);
		});
		related.packets.forEach(function (packet) {
			for (const i of cellsOfPacket.get(packet) || [])
				lit.push(...nodesOfCell[i]);
		});
		lit.forEach((node) => node.classList.add("lit"));
	}

	/* --- Details. --- */

	function milliseconds(nanoseconds) {
		return (nanoseconds / 1e6).toFixed(3) + " ms";
	}

	function element(parent, name, text) {
		const made = document.createElement(name);

		made.textContent = text;
		parent.append(made);
		return made;
	}

	function fact(list, name, value) {
		if (value === undefined || value === "")
			return;
		element(list, "dt", name);
		element(list, "dd", value);
	}

	function bytesOf(text) {
		return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
	}

	function quoted(bytes) {
		return "\"" + new TextDecoder().decode(bytes).replace(/[\u0000-\u001f"\\\u007f-\u009f]/g,
			(c) => JSON.stringify(c).length > 3 ? JSON.stringify(c).slice(1, -1)
				: "\\u00" + c.charCodeAt(0).toString(16)) + "\"";
	}

	function dump(bytes) {
		const lines = [];

		for (let at = 0; at < bytes.length; at += 16) {
			const part = Array.from(bytes.slice(at, at + 16));
			const hex = part.map((b) => b.toString(16).padStart(2, "0")).join(" ");
			const text = part.map((b) => b > 31 && b < 127 ? String.fromCharCode(b) : ".");

			lines.push(at.toString(16).padStart(4, "0") + "  " + hex.padEnd(48) + " " +
				   text.join(""));
		}
		return lines.join("\n");
	}

	function showData(parent, text, all) {
		if (!text)
			return;
		const bytes = bytesOf(text);

		if (bytes.length < all)
			element(parent, "p", "The first " + bytes.length + " of " + all + " bytes:");
		element(parent, "pre", quoted(bytes));
		element(parent, "pre", dump(bytes));
	}

	function placeOf(call) {
		return call.file ? call.file + ":" + call.line : "";
	}

	function nameOfCall(call) {
		return [call.text || call.name || "", call.outcome || ""].join(" ");
	}

	function showCall(parent, index) {
		const call = data.calls[index];
		const list = document.createElement("dl");
		const program = data.programs[call.program];

		element(parent, "h3", nameOfCall(call) === " " ? "an event" : nameOfCall(call));
		parent.append(list);
		fact(list, "system call", call.name);
		fact(list, "program", (program ? program.name || "" : "") + ", process " + call.process +
			", thread " + call.thread);
		fact(list, "source", placeOf(call));
		fact(list, "entered", call.entered < 0 ? "before the recording"
			: milliseconds(call.entered));
		fact(list, "returned", call.left < 0 ? "not yet: still waiting"
			: milliseconds(call.left) + (call.entered < 0 ? ""
				: ", after " + milliseconds(call.left - call.entered)));
		if (call.left >= 0)
			fact(list, "result", call.error ? "-1 " + call.error : String(call.result));
		fact(list, "peer", call.peer);
		fact(list, "connection", connectionName(call.connection));
		if (call.bytes)
			fact(list, "bytes", String(call.bytes));
		showData(parent, call.data, call.bytes);
	}

	function connectionName(index) {
		return index < 0 ? "" : (data.connections[index] || {}).title;
	}

	const FLAGS = [[2, "SYN"], [1, "FIN"], [4, "RST"], [8, "PSH"], [16, "ACK"]];

	function nameOfPacket(packet) {
		const flags = FLAGS.filter((flag) => packet.flags & flag[0]).map((flag) => flag[1]);

		return (packet.again ? "retransmitted " : "") +
			(packet.udp ? "UDP datagram" : "TCP " + (flags.join(" ") || "no flags")) +
			(packet.length ? ", " + packet.length + " bytes" : "");
	}

	function both(numbers) {
		return numbers[0] + " (on the wire " + numbers[1] + ")";
	}

	function showPacket(parent, index) {
		const packet = data.packets[index];
		const list = document.createElement("dl");

		element(parent, "h3", nameOfPacket(packet));
		parent.append(list);
		fact(list, "captured", milliseconds(packet.when) + ", packet " + (index + 1));
		fact(list, "from", packet.from);
		fact(list, "to", packet.to);
		if (!packet.udp) {
			fact(list, "sequence", both(packet.sequence));
			if (packet.flags & 16)
				fact(list, "acknowledges", both(packet.acknowledgement));
			fact(list, "window", String(packet.window));
		}
		fact(list, "connection", connectionName(packet.connection));
		showData(parent, packet.data, packet.length);
	}

	function showArrow(parent, index) {
		const arrow = data.arrows[index];
		const last = arrow.offset + arrow.length - 1;

		if (arrow.length)
			element(parent, "h3", "Bytes " + arrow.offset + " to " + last +
				" of what this end sent");
		if (arrow.send >= 0)
			showCall(parent, arrow.send);
		if (arrow.packet >= 0)
			showPacket(parent, arrow.packet);
		if (arrow.receive >= 0)
			showCall(parent, arrow.receive);
		else if (arrow.lost)
			element(parent, "p", "It was not received.");
	}

	/* The other members of the family, a line each. */
	function showOthers(parent, related, cell) {
		const lines = [];

		related.calls.forEach(function (index) {
			const call = data.calls[index];

			if (index !== cell.call)
				lines.push([call.entered, (data.programs[call.program] || {}).name +
					": " + nameOfCall(call)]);
		});
		related.packets.forEach(function (index) {
			if (index !== cell.packet)
				lines.push([data.packets[index].when, nameOfPacket(data.packets[index])]);
		});
		if (!lines.length)
			return;
		lines.sort((a, b) => a[0] - b[0]);
		element(parent, "h3", "Belongs to it");
		const list = document.createElement("dl");

		parent.append(list);
		lines.forEach((line) => fact(list, milliseconds(line[0]), line[1]));
	}

	let shown = null;

	function show(target) {
		const related = target ? family(target) : null;

		if (JSON.stringify(target) === JSON.stringify(shown))
			return;
		shown = target;
		light(related);
		details.textContent = "";
		details.hidden = !target;
		if (!target)
			return;
		if (target.arrow !== undefined) {
			showArrow(details, target.arrow);
			return;
		}
		const cell = cells[target.cell];

		if (cell.call >= 0)
			showCall(details, cell.call);
		else if (cell.packet >= 0)
			showPacket(details, cell.packet);
		else
			element(details, "h3", cellNode(target.cell).textContent);
		showOthers(details, related, cell);
		details.scrollTop = 0;
	}

	/* Keeps the details away from what they are about. */
	function stepAside(x) {
		details.classList.toggle("aside", x > window.innerWidth / 2);
	}

	/* --- Pointing and keys. --- */

	let held = null; /* what has the keyboard's focus */

	view.addEventListener("pointerover", function (event) {
		stepAside(event.clientX);
		show(targetOf(event.target) || held);
	});
	view.addEventListener("pointerleave", () => show(held));
	view.addEventListener("click", function (event) {
		const target = targetOf(event.target);

		if (!target)
			return;
		if (target.cell !== undefined) {
			focusCell(target.cell);
			return;
		}
		const arrow = data.arrows[target.arrow];
		const near = cellsOfPacket.get(arrow.packet) || cellsOfCall.get(arrow.send) ||
			cellsOfCall.get(arrow.receive);

		if (near)
			focusCell(near[0]);
	});
	view.addEventListener("focusin", function (event) {
		held = event.target === view ? null : targetOf(event.target);
		if (held)
			stepAside(event.target.getBoundingClientRect().left);
		show(held);
	});
	view.addEventListener("focusout", function (event) {
		if (view.contains(event.relatedTarget))
			return;
		held = null;
		show(null);
	});

	let current = 0; /* the cell that the tab key leads to */

	function focusCell(index) {
		const node = cellNode(index);

		if (!node)
			return;
		if (cells.length)
			cellNode(current).setAttribute("tabindex", "-1");
		current = index;
		node.setAttribute("tabindex", "0");
		node.focus({preventScroll: true});
		node.scrollIntoView({block: "nearest", inline: "nearest"});
	}

	function isShown(index) {
		return cellNode(index).style.display !== "none";
	}

	function step(index, by) {
		let next = index + by;

		while (next >= 0 && next < cells.length && !isShown(next))
			next += by;
		if (next >= 0 && next < cells.length)
			focusCell(next);
	}

	/* Along the arrow: from a send to its packet to the receive, or back. */
	function follow(index, by) {
		const cell = cells[index];

		for (const i of family({cell: index}).arrows) {
			const arrow = data.arrows[i];
			const way = [[arrow.send, cellsOfCall, cell.call],
				[arrow.packet, cellsOfPacket, cell.packet],
				[arrow.receive, cellsOfCall, cell.call]].filter((stop) => stop[0] >= 0);
			const at = way.findIndex((stop) => stop[0] === stop[2]);
			const next = way[at + by];
			const found = next ? next[1].get(next[0]) : null;

			if (at >= 0 && found) {
				const last = found[found.length - 1];

				if (isShown(last)) {
					focusCell(next === way[way.length - 1] ? last : found[0]);
					return;
				}
			}
		}
	}

	const keys = {
		ArrowDown: (index) => step(index, 1),
		ArrowUp: (index) => step(index, -1),
		ArrowRight: (index) => follow(index, 1),
		ArrowLeft: (index) => follow(index, -1),
		Home: () => step(-1, 1),
		End: () => step(cells.length, -1),
		Escape: () => view.focus(),
	};

	view.addEventListener("keydown", function (event) {
		const onCell = event.target !== view && held && held.cell !== undefined;

		if (event.altKey || event.metaKey || event.ctrlKey)
			return;
		if (event.key === "+" || event.key === "=")
			setZoom(zoom * 1.25);
		else if (event.key === "-")
			setZoom(zoom / 1.25);
		else if (event.key === "0")
			setZoom(1);
		else if (onCell && keys[event.key])
			keys[event.key](held.cell);
		else if (event.key === "Enter" && cells.length)
			focusCell(current);
		else
			return;
		event.preventDefault();
	});

	/* --- Zoom. --- */

	let zoom = 1;

	/* Keeps the place at x, y within the view where it is. */
	function setZoom(wanted, x, y) {
		const next = Math.min(4, Math.max(0.15, wanted));
		const left = x === undefined ? view.clientWidth / 2 : x;
		const top = y === undefined ? 0 : y;
		const across = (view.scrollLeft + left) / zoom, down = (view.scrollTop + top) / zoom;

		zoom = next;
		view.style.setProperty("--zoom", String(zoom));
		view.scrollLeft = across * zoom - left;
		view.scrollTop = down * zoom - top;
		document.getElementById("zoom").textContent = Math.round(100 * zoom) + " %";
	}

	view.addEventListener("wheel", function (event) {
		if (!event.ctrlKey)
			return;
		const place = view.getBoundingClientRect();

		event.preventDefault();
		setZoom(zoom * Math.exp(-event.deltaY / 400), event.clientX - place.left,
			event.clientY - place.top);
	}, {passive: false});

	const zooms = {
		in: () => setZoom(zoom * 1.25),
		out: () => setZoom(zoom / 1.25),
		one: () => setZoom(1),
		fit: () => setZoom(zoom * view.clientWidth / sheet.offsetWidth),
	};

	/* --- Filters: columns and rows without anything to show close up. --- */

	function chosen(name, everything) {
		const wanted = new Set();

		document.querySelectorAll("input[name=" + name + "]").forEach(function (input) {
			if (input.checked || everything)
				wanted.add(Number(input.value));
		});
		return wanted;
	}

	/* A choice of one thing is not offered. */
	function chooser(name, everything) {
		const wanted = chosen(name, everything);
		const offered = document.querySelector("input[name=" + name + "]") !== null;

		return (index) => index < 0 || !offered || wanted.has(index);
	}

	function place(node, x, y) {
		node.setAttribute("transform", "translate(" + x.toFixed(1) + " " + y.toFixed(1) + ")");
	}

	function reveal(node, visible) {
		node.style.display = visible ? "" : "none";
	}

	/* How much farther apart two rows are for the time that passed between them. */
	function gap(nanoseconds) {
		return nanoseconds < 1e6 ? 0 : Math.min(30, Math.round(6 + 6 * Math.log10(nanoseconds / 1e6)));
	}

	function layColumns(layout, isProgram) {
		let x = 0;

		layout.columns = data.columns.map(function (column) {
			const visible = isProgram(column.program);
			const placed = {visible: visible, left: x, line: x + column.line - column.left,
				width: column.width};

			if (visible)
				x += column.width;
			return placed;
		});
		layout.width = x;
		layout.wire = layout.columns[data.wire];
	}

	function cellIsShown(cell, layout, isConnection, isProgram) {
		const connection = data.connections[cell.connection];

		if (!layout.columns[cell.column].visible || !isConnection(cell.connection))
			return false;
		if (cell.packet < 0 || !connection)
			return true;
		return connection.programs.every((program) => program < 0) ||
			connection.programs.some((program) => program >= 0 && isProgram(program));
	}

	function layRows(layout) {
		const full = data.rows.map(() => false);
		let y = 0, before = -1;

		cells.forEach(function (cell, i) {
			if (layout.cells[i])
				full[cell.row] = true;
		});
		layout.rows = data.rows.map(function (when, i) {
			const top = y;

			if (!full[i])
				return {visible: false, top: y, middle: y, gap: 0};
			const more = before >= 0 ? gap(when - before) : 0;

			before = when;
			y += more + data.row;
			return {visible: true, top: top, middle: y - data.row / 2, gap: more};
		});
		layout.height = y;
	}

	function wayOf(arrow, layout) {
		const from = layout.columns[arrow.columns[0]], to = layout.columns[arrow.columns[1]];
		const y = arrow.rows.map((row) => layout.rows[row].middle);
		const wire = layout.wire, right = wire.left + wire.width;
		const leftward = arrow.columns.map((column) => column < data.wire);
		const out = leftward[0] ? data.bend : -data.bend;
		const back = leftward[1] ? data.bend : -data.bend;
		const edge = back > 0 ? wire.left : right;
		const start = from.visible ? from.line : out > 0 ? wire.left : right;
		let d;

		if (from.visible && y[0] !== y[1])
			d = "M" + start + " " + y[0] + "C" + (start + out / 2) + " " + y[0] + " " +
				(start + out / 2) + " " + y[1] + " " + (start + out) + " " + y[1];
		else
			d = "M" + start + " " + y[1];
		if (out * back > 0)
			d += "H" + edge;
		if (arrow.lost || !to.visible)
			return {d: d + "H" + edge, head: [edge, y[1]], start: start + out};
		if (y[1] === y[2])
			d += "H" + to.line;
		else
			d += "H" + (to.line + back) + "C" + (to.line + back / 2) + " " + y[1] + " " +
				(to.line + back / 2) + " " + y[2] + " " + to.line + " " + y[2];
		return {d: d, head: [to.line, y[2]], start: start + out};
	}

	function placeArrow(index, layout, isConnection) {
		const arrow = data.arrows[index];
		const visible = isConnection(arrow.connection) && arrow.rows[1] >= 0 &&
			layout.rows[arrow.rows[1]].visible &&
			arrow.columns.some((column) => layout.columns[column].visible &&
				data.columns[column].program >= -1);
		const hosts = arrow.columns.every((column) => data.columns[column].program < -1);

		for (const node of nodesOfArrow[index]) {
			reveal(node, visible || (hosts && layout.rows[arrow.rows[1]].visible));
			if (node.style.display === "none")
				continue;
			const way = wayOf(arrow, layout), middle = layout.rows[arrow.rows[1]].middle;

			node.querySelectorAll(".way,.reach").forEach((path) => path.setAttribute("d", way.d));
			node.querySelectorAll(".head,.cross").forEach((head) => place(head, ...way.head));
			node.querySelectorAll(".mark").forEach((mark) => place(mark, way.start, middle));
			node.querySelectorAll(".cargo").forEach((text) => place(text, layout.wire.line,
				middle));
			node.querySelectorAll(".host").forEach(function (text) {
				const side = arrow.columns.find((column) =>
					data.columns[column].program < -1 &&
					(column < data.wire) ===
						(text.firstChild.getAttribute("text-anchor") === "end"));

				place(text, layout.columns[side].line, middle);
			});
		}
	}

	function placeCell(index, layout) {
		const cell = cells[index], column = layout.columns[cell.column];
		const row = layout.rows[cell.row];

		for (const node of nodesOfCell[index]) {
			reveal(node, layout.cells[index]);
			if (!layout.cells[index])
				continue;
			if (node.classList.contains("cell")) {
				place(node, column.line, row.middle);
				continue;
			}
			const end = layout.rows[cell.end];

			place(node, column.line, 0);
			node.setAttribute("y", row.middle - HALF);
			node.setAttribute("height", end.middle - row.middle + 2 * HALF);
		}
	}

	function placeLifeline(node, layout) {
		const number = Number(node.dataset.column), column = layout.columns[number];
		const from = Number(node.dataset.from), to = Number(node.dataset.to);
		const known = data.columns[number], after = layout.rows[to + 1];

		reveal(node, column.visible);
		place(node, column.line, 0);
		node.setAttribute("y1", from === known.first ? layout.rows[from].middle
			: layout.rows[from].top);
		node.setAttribute("y2", to === known.last ? layout.rows[to].middle
			: after ? after.top : layout.height);
	}

	function placeTime(node, layout) {
		const row = layout.rows[node.dataset.row], dots = node.querySelector(".gap");
		const x = node.transform.baseVal.getItem(0).matrix.e;

		reveal(node, row.visible);
		if (!row.visible)
			return;
		place(node, x, row.middle);
		if (dots)
			dots.setAttribute("d", "M0 -10V" + (-10 - row.gap));
	}

	function placeBand(band, layout) {
		const from = Number(band.dataset.from), after = layout.rows[band.dataset.to];
		const top = layout.rows[from].top - (from === 0 ? FIRST : 0);
		const height = (after ? after.top : layout.height) - top;

		reveal(band, height > 0);
		band.style.setProperty("--h", String(height));
		band.querySelectorAll("svg").forEach(function (svg) {
			const width = svg.classList.contains("times") ? svg.viewBox.baseVal.width
				: layout.width;

			svg.setAttribute("viewBox", "0 " + top + " " + width + " " + height);
		});
	}

	function layOut(everything) {
		const layout = {};
		const isProgram = chooser("program", everything);
		const isConnection = chooser("connection", everything);

		layColumns(layout, isProgram);
		layout.cells = cells.map((cell) => cellIsShown(cell, layout, isConnection, isProgram));
		layRows(layout);
		sheet.style.setProperty("--w", String(layout.width));
		view.querySelectorAll(".heads svg.lines").forEach(function (svg) {
			svg.setAttribute("viewBox", "0 0 " + layout.width + " " +
				svg.viewBox.baseVal.height);
		});
		view.querySelectorAll(".heads [data-column]").forEach(function (node) {
			reveal(node, layout.columns[node.dataset.column].visible);
			node.querySelectorAll("text").forEach((text) => text.setAttribute("x",
				layout.columns[node.dataset.column].line));
		});
		view.querySelectorAll(".lifeline").forEach((node) => placeLifeline(node, layout));
		view.querySelectorAll("[data-row]").forEach((node) => placeTime(node, layout));
		cells.forEach((cell, i) => placeCell(i, layout));
		data.arrows.forEach((arrow, i) => placeArrow(i, layout, isConnection));
		view.querySelectorAll(".band").forEach((band) => placeBand(band, layout));
	}

	function setAll(name, checked) {
		document.querySelectorAll("input[name=" + name + "]").forEach(function (input) {
			input.checked = checked;
		});
		layOut(false);
	}

	/* --- The controls. --- */

	const controls = document.getElementById("controls");

	controls.addEventListener("click", function (event) {
		const button = event.target.closest("button");

		if (!button)
			return;
		if (button.dataset.zoom)
			zooms[button.dataset.zoom]();
		else if (button.dataset.all)
			setAll(button.dataset.all, true);
		else if (button.dataset.none)
			setAll(button.dataset.none, false);
	});
	controls.addEventListener("change", () => layOut(false));
	controls.addEventListener("submit", (event) => event.preventDefault());

	/* On paper is everything. */
	let changed = false;

	window.addEventListener("beforeprint", function () {
		show(null);
		changed = controls.querySelector("input:not(:checked)") !== null;
		if (changed)
			layOut(true);
	});
	window.addEventListener("afterprint", function () {
		if (changed)
			layOut(false);
	});

	document.querySelectorAll(".stuck a").forEach(function (link) {
		link.addEventListener("click", function (event) {
			const node = document.getElementById(link.hash.slice(1));

			event.preventDefault();
			if (node.style.display === "none") {
				setAll("program", true);
				setAll("connection", true);
			}
			focusCell(Number(node.dataset.cell));
			view.scrollIntoView({block: "nearest"});
		});
	});

	if (cells.length)
		cellNode(0).setAttribute("tabindex", "0");
	controls.hidden = false;
	document.getElementById("hint").hidden = false;
	document.documentElement.dataset.ready = "yes";
})();
//]]>
