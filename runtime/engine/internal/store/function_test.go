package store

import "testing"

func TestFunctions(t *testing.T) {
	both(t, func(t *testing.T, s Store) {
		if all, err := s.Functions(); err != nil || len(all) != 0 {
			t.Errorf("an empty store has %+v, %v", all, err)
		}
		for _, set := range [][2]string{{"orders", "1"}, {"billing", `{"a": "ü"}`}, {"orders", "2"}} {
			if err := s.SetFunction(set[0], []byte(set[1])); err != nil {
				t.Fatal(err)
			}
		}
		all, err := s.Functions()
		if err != nil || len(all) != 2 || all[0].Name != "billing" || string(all[0].Published) != `{"a": "ü"}` || all[1].Name != "orders" || string(all[1].Published) != "2" {
			t.Errorf("there is %+v, %v", all, err)
		}
	})
}

// What isn't as it was written is told, and the others are read.
func TestDamagedFunction(t *testing.T) {
	s := filled(t, t.TempDir())
	for _, name := range []string{"billing", "orders"} {
		if err := s.SetFunction(name, []byte("1")); err != nil {
			t.Fatal(err)
		}
	}
	s.mustExec(t, "UPDATE functions SET published = '2' WHERE name = 'orders'")
	all, err := s.Functions()
	if err != nil || len(all) != 2 || all[0].Damage != nil || all[1].Damage == nil {
		t.Errorf("there is %+v, %v", all, err)
	}
}
