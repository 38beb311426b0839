package sim

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// TestAppendJSON holds the fast encoder to the one of the standard library, for
// every field of an event: one that is added and forgotten there is found here.
func TestAppendJSON(t *testing.T) {
	kind := reflect.TypeFor[Event]()
	for i := range kind.NumField() {
		for _, text := range []string{"x", "a \"b\" \\ \n é <&>"} {
			var e Event
			f := reflect.ValueOf(&e).Elem().Field(i)
			switch f.Kind() {
			case reflect.String:
				f.SetString(text)
			case reflect.Int, reflect.Int64:
				f.SetInt(7)
			case reflect.Uint32:
				f.SetUint(1 << 31)
			case reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
			case reflect.Struct:
				f.Set(reflect.ValueOf(Endpoint{10<<24 + 1, 80}))
			default:
				t.Fatalf("%s is a %s, which this test cannot fill", kind.Field(i).Name, f.Kind())
			}
			if kind.Field(i).Name == "Ev" {
				e.Ev = State // a constant, which needs no escaping
			}
			var want bytes.Buffer
			encoder := json.NewEncoder(&want)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(e); err != nil {
				t.Fatal(err)
			}
			if got := e.AppendJSON(nil); string(got) != string(bytes.TrimSpace(want.Bytes())) {
				t.Errorf("%s: %s\nencoding/json: %s", kind.Field(i).Name, got, want.Bytes())
			}
		}
	}
}
