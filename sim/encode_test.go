package sim

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"testing"
)

// TestEncoder holds the fast encoder to the one of the standard library, for
// every field of an event: one that is added and forgotten there is found here.
func TestEncoder(t *testing.T) {
	// Fields whose values are the engine's own words, or names of hosts, which are small letters.
	names := []string{"Ev", "Host", "Why", "From", "To", "Dst", "Kind", "Flags", "Timer", "Do", "Errno"}
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
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Uint32:
				f.SetUint(1 << 31)
			case reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
			case reflect.Struct:
				f.Set(reflect.ValueOf(Endpoint{10<<24 + 1, 80}))
			default:
				t.Fatalf("%s is a %s, which this test cannot fill", kind.Field(i).Name, f.Kind())
			}
			if f.Kind() == reflect.String && slices.Contains(names, kind.Field(i).Name) {
				f.SetString("a-name") // which needs no escaping
			}
			var want bytes.Buffer
			encoder := json.NewEncoder(&want)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(e); err != nil {
				t.Fatal(err)
			}
			if got := new(Encoder).Append(nil, &e); string(got) != string(bytes.TrimSpace(want.Bytes())) {
				t.Errorf("%s: %s\nencoding/json: %s", kind.Field(i).Name, got, want.Bytes())
			}
		}
	}
}

// TestEncoderOfStories: each kind of event is written with the fields that it has,
// in every story.
func TestEncoderOfStories(t *testing.T) {
	for _, text := range stories(t) {
		var encoder Encoder
		all, _ := open(t, text).Next(0, MaxEvents+1)
		for _, e := range all {
			var want bytes.Buffer
			plain := json.NewEncoder(&want)
			plain.SetEscapeHTML(false)
			if err := plain.Encode(e); err != nil {
				t.Fatal(err)
			}
			if got := encoder.Append(nil, &e); string(got) != string(bytes.TrimSpace(want.Bytes())) {
				t.Fatalf("%s\n%s\nencoding/json: %s", text, got, want.Bytes())
			}
		}
	}
}

// TestAppendInt looks at both sides of every number of digits.
func TestAppendInt(t *testing.T) {
	for n := int64(1); n < 1e18; n *= 10 {
		for _, n := range []int64{n - 1, n, n + 1, 7 * n, -n, n + 12345} {
			if got, want := string(appendInt([]byte("x"), n)), "x"+strconv.FormatInt(n, 10); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
	for n := range int64(100_000) {
		if got := string(appendInt(nil, 997*n)); got != strconv.FormatInt(997*n, 10) {
			t.Fatalf("%d is written %s", 997*n, got)
		}
	}
}
