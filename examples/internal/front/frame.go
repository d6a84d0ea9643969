package front

import (
	"embed"
	"html/template"
	"maps"
	"net/http"

	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

//go:embed style templates
var files embed.FS

// Style serves the style sheet and the bank's mark, below /style/.
func Style() http.Handler { return http.FileServerFS(files) }

// Frame is the template that is around each page. It draws from a page that
// has To and Here, and the texts of [Words]; the page defines title and content,
// and optionally head and steps.
func Frame(functions template.FuncMap) *template.Template {
	return template.Must(template.New("frame.html").Funcs(functions).ParseFS(files, "templates/frame.html"))
}

// Words are the page's texts and those of the frame.
func Words(own bilingual.Table) bilingual.Table {
	all := bilingual.Table{
		"bank":       {"예시은행", "Example Bank"},
		"example":    {"예제", "example"},
		"other.lang": {"English", "한국어"},
		"foot":       {"kakaocert SDK의 예제 페이지이며 실제 은행이 아닙니다.", "An example page of the kakaocert SDK, not a real bank."},
	}
	maps.Copy(all, own)
	return all
}
