package call

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/urfave/cli/v3"
)

// Columns of a terminal that texts fit.
const (
	columns     = 80
	helpIndent  = 3
	flagColumn  = 30 // where the words about a flag begin
	verbColumn  = 15
	manyColumns = 0x1100 // the first of the characters that take two columns: Hangul
)

// printHelp takes the place of cli's templates, which break words and let a
// line be as long as it likes.
func printHelp(w io.Writer, _ string, data any) {
	cmd, ok := data.(*cli.Command)
	if !ok {
		return
	}
	t := func(text string) string { return text }
	if c, ok := w.(*Console); ok {
		t = c.T
	}
	var b strings.Builder
	section := func(name string) { fmt.Fprintf(&b, "\n%s:\n", t(name)) }
	b.WriteString(t("NAME") + ":\n")
	block(&b, cmd.FullName()+" - "+t(cmd.Usage), helpIndent)
	section("USAGE")
	usage := cmd.UsageText
	if usage == "" {
		usage = cmd.FullName() + " VERB [OPTION]... [ARGUMENT]..."
	}
	for line := range strings.Lines(usage) {
		block(&b, strings.TrimSpace(line), helpIndent)
	}
	if cmd.Description != "" {
		section("DESCRIPTION")
		description := t(cmd.FullName())
		if description == cmd.FullName() {
			description = cmd.Description
		}
		paragraphs(&b, description)
	}
	if verbs := cmd.VisibleCommands(); len(verbs) > 0 {
		section("VERBS")
		for _, verb := range verbs {
			row(&b, verb.Name, t(verb.Usage), verbColumn)
		}
	}
	if flags := cmd.VisibleFlags(); len(flags) > 0 {
		section("OPTIONS")
		for _, flag := range flags {
			name, words := describeFlag(flag, t)
			row(&b, name, words, flagColumn)
		}
	}
	_, _ = io.WriteString(w, b.String())
}

var placeholder = regexp.MustCompile("`([^`]+)`")

// describeFlag is a flag as it is typed, and what it does.
func describeFlag(flag cli.Flag, t func(string) string) (name, words string) {
	documented, ok := flag.(cli.DocGenerationFlag)
	if !ok {
		return "", ""
	}
	for i, spelling := range flag.Names() {
		if i > 0 {
			name += ", "
		}
		name += strings.Repeat("-", min(2, len(spelling))) + spelling
	}
	words = t(documented.GetUsage())
	if match := placeholder.FindStringSubmatch(words); match != nil {
		name += " " + match[1]
		words = placeholder.ReplaceAllString(words, "$1")
	}
	value := cmp.Or(documented.GetDefaultText(), documented.GetValue())
	if value != "" && documented.TakesValue() && documented.IsDefaultVisible() && !strings.Contains(words, "default: ") {
		words += fmt.Sprintf(t(" (default: %s)"), strings.Trim(value, `"`))
	}
	return name, words
}

// row writes a name and its words in two columns, or on two lines where the
// name is too long.
func row(b *strings.Builder, name, words string, column int) {
	lines := wrapped(words, columns-column)
	lead := strings.Repeat(" ", helpIndent) + name
	if gap := column - width(lead); gap >= 2 && len(lines) > 0 {
		fmt.Fprintf(b, "%s%s%s\n", lead, strings.Repeat(" ", gap), lines[0])
		lines = lines[1:]
	} else {
		fmt.Fprintln(b, lead)
	}
	for _, line := range lines {
		fmt.Fprintf(b, "%s%s\n", strings.Repeat(" ", column), line)
	}
}

// paragraphs writes text whose lines may be joined and broken again, except
// those that begin with a space.
func paragraphs(b *strings.Builder, text string) {
	var pending []string
	flush := func() {
		if len(pending) > 0 {
			block(b, strings.Join(pending, " "), helpIndent)
		}
		pending = nil
	}
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		switch {
		case strings.TrimSpace(line) == "":
			flush()
			b.WriteByte('\n')
		case line[0] == ' ':
			flush()
			asIs(b, line)
		default:
			pending = append(pending, line)
		}
	}
	flush()
}

var commandLine = regexp.MustCompile(`^( *)((?:kakaocert(?:-[a-z0-9]+)?|openssl|\$) .*)`)

// asIs writes a line as it is. A command that is too long goes on behind a
// backslash, as in a shell.
func asIs(b *strings.Builder, line string) {
	match := commandLine.FindStringSubmatch(line)
	if match == nil || helpIndent+width(line) <= columns {
		fmt.Fprintf(b, "%*s%s\n", helpIndent, "", line)
		return
	}
	const deeper = "    "
	lead := strings.Repeat(" ", helpIndent) + match[1]
	lines := wrapped(match[2], columns-len(lead)-len(deeper)-len(" \\"))
	for i, part := range lines {
		if i > 0 {
			part = deeper + part
		}
		if i < len(lines)-1 {
			part += " \\"
		}
		fmt.Fprintf(b, "%s%s\n", lead, part)
	}
}

func block(b *strings.Builder, text string, indent int) {
	for _, line := range wrapped(text, columns-indent) {
		fmt.Fprintf(b, "%*s%s\n", indent, "", line)
	}
}

// wrapped breaks text between words.
func wrapped(text string, room int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case width(line)+1+width(word) > room:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// width counts columns.
func width(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r >= manyColumns && !(r >= 0x2010 && r < 0x2E80) {
			n++
		}
	}
	return n
}
