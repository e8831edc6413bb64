"""The pages of `analyze` and `budget` as sections of lines and tables, not yet laid out."""

from tokcomp_cli.core.results.analysis import Analysis, LayerSchedule
from tokcomp_cli.core.results.curve import Recommendation
from tokcomp_cli.core.results.difficulty import RegionMap, Resolution
from tokcomp_cli.render import rows, words
from tokcomp_cli.render.advice import advice
from tokcomp_cli.render.bars import ALERT, BAR, GOOD, PLAIN, QUIET, STRONG, Grid, Line, column
from tokcomp_cli.render.curve import curve_chart
from tokcomp_cli.render.regions import region_lines
from tokcomp_cli.render.section import Page, Section
from tokcomp_cli.render.timeline import MARGIN, axis, ruler, similarity_chart

PLAIN_RULE, PLAIN_CUTS = "note", (0.30, 0.60, 0.85)
BANDS_ABOVE = ("medium", "hard", "very hard")
SIDE_BY_SIDE = 130  # columns from which two narrow sections share the page's width


def analysis_page(analysis: Analysis, width: int) -> Page:
    """Return the page of `tokcomp analyze`.

    Args:
        analysis: What the run found out.
        width: Characters a line, without the indent.
    """
    how_hard, what_is_left = difficulty(analysis), fidelity(analysis)
    wide = width >= SIDE_BY_SIDE
    page: list[tuple[Section, ...]] = [(header(analysis),), (tokens(analysis),)]
    if analysis.media.kind != "image":
        page.append((timeline(analysis, width),))
    page += [(how_hard, what_is_left)] if wide else [(how_hard,), (what_is_left,)]
    page.append((layers(analysis.layers),))
    return (*page, *_trace(analysis), *_advice(analysis, whole=False), *_ending(analysis))


def budget_page(analysis: Analysis, width: int) -> Page:
    """Return the page of `tokcomp budget`.

    Args:
        analysis: What the run found out.
        width: Characters a line, without the indent.
    """
    page: list[tuple[Section, ...]] = [(header(analysis),)]
    how_hard, seen = difficulty(analysis), analysis.difficulty.region_map
    regions_of = [regions(seen)] if seen is not None and seen.regions else []
    together = (how_hard, *regions_of)
    page += [together] if width >= SIDE_BY_SIDE else [(section,) for section in together]
    if analysis.resolution:
        page.append((resolution(analysis.resolution),))
    page.append((budget(analysis),))
    if analysis.recommendation:
        page.append((recommendation(analysis.recommendation, analysis.original, width),))
    return (*page, *_trace(analysis), *_advice(analysis, whole=True), *_ending(analysis))


def _trace(analysis: Analysis) -> Page:
    """Return the steps of a progressive reduction, if there was one."""
    if not analysis.trace:
        return ()
    gloss = "the way down to the budget; what each step cost in explained"
    return ((Section("Trace", gloss, (rows.steps(analysis.trace),)),),)


def _advice(analysis: Analysis, *, whole: bool) -> Page:
    """Return what stands beside the ledger."""
    return tuple((Section(*part),) for part in advice(analysis, whole=whole))


def header(analysis: Analysis) -> Section:
    """Return what was read, how, and by which encoder."""
    media = analysis.media
    facts = [
        ("media", words.media_words(media), PLAIN),
        ("decoded", words.decoder_words(media), PLAIN),
        ("frames", words.sampling_words(analysis.sampling), PLAIN),
        ("encoder", words.encoder_words(analysis.encoder), PLAIN),
    ]
    preset = analysis.plan.get("preset")
    if preset is not None:
        facts.append(("preset", str(preset), PLAIN))
    if media.salvaged:
        facts.insert(1, ("damaged", "read only as far as the file goes", ALERT))
    facts += [("note", note, PLAIN) for note in media.notes]
    lines = tuple(((label, QUIET), (text, style)) for label, text, style in facts)
    return Section("tokcomp", "", (((media.path, STRONG),), Grid(("", ""), lines)), framed=True)


def tokens(analysis: Analysis) -> Section:
    """Return the ledger with the settings and notes of its stages."""
    gloss = f"{words.original_words(analysis)} → {words.count(analysis.llm_input)} at the LLM input"
    body: list[Line | Grid] = [rows.ledger(analysis)]
    body.append((("explained = share of content kept; step, total = tokens saved", QUIET),))
    settings = [f"{stage.name}: {words.settings(stage.params)}" for stage in analysis.stages if stage.params]
    if settings:
        body.append(((" · ".join(settings), QUIET),))
    body += [((f"{stage.name}: {note}", PLAIN),) for stage in analysis.stages for note in stage.notes]
    return Section("Tokens", gloss, tuple(body))


def timeline(analysis: Analysis, width: int) -> Section:
    """Return the merged frames to scale, the similarity that made them, and their list."""
    merged, similarity = analysis.timeline, analysis.frame_similarity
    chart = similarity_chart(merged, similarity, width - MARGIN)
    margin = (" " * MARGIN, PLAIN)
    body: list[Line | Grid] = [(margin, *ruler(merged, width - MARGIN)), *chart]
    body.append((margin, (axis(merged, width - MARGIN), QUIET)))
    if chart:
        merging = analysis.plan.get("temporal", "frame-merge") == "frame-merge"
        reference = "the open merged frame" if merging else "the frame before"
        meaning = f"bars: likeness to {reference} ({similarity.statistic} cosine of patches)"
        if similarity.threshold is not None:
            meaning += f"; at or below {similarity.threshold:g} a new one opens"
        body.append(((meaning, QUIET),))
    body.append(rows.merged_frames(merged))
    hidden = merged[rows.LISTED :]
    if hidden:
        frames, kept = sum(entry.frames for entry in hidden), sum(entry.tokens for entry in hidden)
        left_out = (
            f"{words.plural(len(hidden), 'more merged frame')} not shown "
            f"({words.plural(frames, 'frame')}, {words.plural(kept, 'token')}); --json lists all"
        )
        body.append(((left_out, PLAIN),))
    sampled = words.plural(analysis.sampling.frames_sampled, "sampled frame")
    gloss = f"{sampled} → {words.plural(len(merged), 'merged frame')}, drawn to scale"
    return Section("Timeline", gloss, tuple(body))


def difficulty(analysis: Analysis) -> Section:
    """Return the score, what adds up to it, and the two measures recent work prefers."""
    facts = analysis.difficulty
    body: list[Line | Grid] = []
    if facts.query is not None:
        body.append((("query ", QUIET), (facts.query, STRONG)))
    body.append(rows.features(facts))
    if facts.hardest_seconds is not None and facts.hardest_score is not None:
        when, score = words.seconds(facts.hardest_seconds), words.share(facts.hardest_score)
        hardest = f"hardest merged frame: at {when}, {score}"
        body.append(((hardest, PLAIN),))
    unasked = ", ".join(rows.unasked(facts))
    if unasked:
        body.append(((f"{unasked}: not measured, no query given", QUIET),))
    other = (
        f"effective rank {facts.effective_rank:.1f} · attention entropy {facts.attention_entropy:.3f} · "
        f"variety {facts.variety:.1f}"
    )
    body.append(((other, QUIET),))
    if facts.text_likelihood is not None:
        over = f", {facts.text_note}" if facts.text_note else ""
        body.append(((f"text likelihood {words.share(facts.text_likelihood)}{over}", QUIET),))
    elif facts.text_note:
        body.append(((facts.text_note, QUIET),))
    if (facts.rule, facts.cuts) != (PLAIN_RULE, PLAIN_CUTS):
        begin = ", ".join(f"{name} at {cut:g}" for name, cut in zip(BANDS_ABOVE, facts.cuts, strict=True))
        body.append(((f"rule {facts.rule}; bands begin: {begin}", PLAIN),))
    return Section("Difficulty", f"{words.share(facts.score)} = {facts.band}", tuple(body))


def regions(found: RegionMap) -> Section:
    """Return the map of the salient regions that count as objects."""
    gloss = f"{words.plural(found.regions, 'salient region')}, . background"
    if found.seconds:
        gloss += f"; the hardest merged frame, at {words.seconds(found.seconds)}"
    return Section("Regions", gloss, region_lines(found))


def resolution(facts: Resolution) -> Section:
    """Return what the resize to the encoder's input leaves of the pictures."""
    kept = f"gradient energy {words.share(facts.kept)} · contrast {words.share(facts.contrast_kept)}"
    body: list[Line] = [((kept, PLAIN), (" survive the resize; fine structure, and what eyes see", QUIET))]
    body.append(((facts.note, ALERT if facts.bound else PLAIN),))
    return Section("Resolution", f"on {words.plural(facts.frames_measured, 'picture')}", tuple(body))


def fidelity(analysis: Analysis) -> Section:
    """Return what is left at the LLM input."""
    facts = analysis.fidelity
    body: list[Line | Grid] = [rows.figures(facts, frames=analysis.sampling.frames_sampled)]
    if facts.sampled is not None:
        body.append(((f"~ measured on a sample of {words.plural(facts.sampled, 'frame')}", QUIET),))
    gloss = "at the LLM input; a proxy in feature space, no labels"
    return Section("Fidelity", gloss, tuple(body))


def layers(schedule: LayerSchedule) -> Section:
    """Return the tokens inside the language model: the three counts, and one column a layer."""
    most = max(schedule.tokens)
    columns = "".join(column(tokens, low=0, high=most, rows=1) for tokens in schedule.tokens)
    kept = ", ".join(f"{keep:g}" for keep in schedule.keep)
    counts = [
        f"{words.count(schedule.tokens[0])} at the LLM input",
        f"{words.count(schedule.last)} in the last layer",
        f"{words.count(schedule.mean)} layer mean",
    ]
    depth = " at depth 0, 1/4, 1/2, 3/4" if len(schedule.keep) == 4 else ""
    gloss = f"{words.plural(len(schedule.tokens), 'layer')} that keep {kept}{depth}"
    return Section(
        "LLM layers",
        gloss,
        (((" · ".join(counts), PLAIN),), ((columns, BAR), ("  one column a layer", QUIET))),
    )


def budget(analysis: Analysis) -> Section:
    """Return the budget that the band, or the user, asked for."""
    stage = analysis.stages[-1]
    kept = f"{words.count(analysis.llm_input)} of {words.plural(analysis.original, 'token')}"
    line: Line = (
        (kept, STRONG),
        (f" ({words.less(analysis.reduction)}), explained {words.share(stage.fidelity.explained)}", PLAIN),
        (" (share of content kept)", QUIET),
    )
    notes = tuple(((note, PLAIN),) for note in stage.notes)
    settings = ((words.settings(stage.params), QUIET),)
    how = "reduced" if stage.name == "budget" else stage.name
    gloss = f"band {analysis.difficulty.band}, {how} by {stage.method}"
    return Section("Budget", gloss, (line, settings, *notes))


def recommendation(advice: Recommendation, original: int, width: int) -> Section:
    """Return the curve of fidelity against budget and the smallest budget that meets the target."""
    knee = f"{words.plural(advice.knee.tokens, 'token')} explain {words.share(advice.knee.explained)}"
    found = advice.recommended
    if found:
        kept = f" explain {words.share(found.explained)} ({words.less(1 - found.tokens / original)}): "
        meaning = "the smallest budget that meets the target"
        best: Line = (("▲ ", GOOD), (words.plural(found.tokens, "token"), STRONG), (kept + meaning, PLAIN))
    else:
        most = words.share(advice.reachable)
        best = ((f"no budget reaches {advice.target:g}; the most is {most}", ALERT),)
    turn: Line = (
        ("◆ ", STRONG),
        (knee, PLAIN),
        (": the knee, where tokens start to buy less", QUIET),
    )
    other: list[Line] = []
    if advice.runner_up:
        given = " ".join(f"--{key} {value}" for key, value in advice.runner_up.options.items())
        way = given or "the default"
        other.append(((f"next best: {way}, {words.plural(advice.runner_up.tokens, 'token')}", QUIET),))
    if advice.not_tried:
        other.append(((advice.not_tried, QUIET),))
    gloss = f"explained (share of content kept) against tokens, target {advice.target:g}"
    return Section("Recommendation", gloss, (*curve_chart(advice, width), best, turn, *other))


def _ending(analysis: Analysis) -> Page:
    """Return warnings, time spent and the verdict."""
    page: list[tuple[Section, ...]] = []
    if analysis.warnings:
        body = tuple((("! ", ALERT), (warning, PLAIN)) for warning in analysis.warnings)
        page.append((Section("Warnings", "", body),))
    if analysis.timings_ms:
        spent = {name: f"{name} {words.milliseconds(ms)} ms" for name, ms in analysis.timings_ms.items()}
        whole = spent.pop("total", "")
        parts: Line = ((" · ".join(spent.values()), PLAIN),)
        page.append((Section("Time", f"{whole}; below, the work of all threads added up", (parts,)),))
    page.append((Section("Verdict", "", (((analysis.verdict, STRONG),),), framed=True),))
    return tuple(page)
