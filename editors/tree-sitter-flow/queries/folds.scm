[(block) (fields) (enum_declaration) (switch_statement) (select_statement) (parallel_operation) (record) (map) (list) (comment)+] @fold
