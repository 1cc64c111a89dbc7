(function_declaration name: (identifier) @name) @function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @owner (pointer_type (type_identifier) @owner)
    (generic_type type: (type_identifier) @owner)
    (pointer_type (generic_type type: (type_identifier) @owner))]))
  name: (field_identifier) @name) @method
(type_declaration . [(type_spec name: (type_identifier) @name)
  (type_alias name: (type_identifier) @name)] .) @type
(type_spec name: (type_identifier) @name) @type
(type_alias name: (type_identifier) @name) @type
(method_elem name: (field_identifier) @name) @method
(source_file (const_declaration (const_spec name: (identifier) @name) @constant))
(source_file (var_declaration [(var_spec name: (identifier) @name) @constant
  (var_spec_list (var_spec name: (identifier) @name) @constant)]))

(call_expression function: [(identifier) @ref (selector_expression field: (_) @ref)])
(composite_literal type: [(type_identifier) @ref (qualified_type name: (_) @ref)])
(parameter_declaration type: [(type_identifier) @ref (pointer_type (type_identifier) @ref)
  (qualified_type name: (_) @ref) (pointer_type (qualified_type name: (_) @ref))])
(field_declaration type: [(type_identifier) @ref (pointer_type (type_identifier) @ref)
  (qualified_type name: (_) @ref) (pointer_type (qualified_type name: (_) @ref))
  (slice_type element: (type_identifier) @ref)])
(function_declaration result: [(type_identifier) @ref (pointer_type (type_identifier) @ref)])
(method_declaration result: [(type_identifier) @ref (pointer_type (type_identifier) @ref)])
(var_spec type: [(type_identifier) @ref (qualified_type name: (_) @ref)])
(type_assertion_expression type: [(type_identifier) @ref (pointer_type (type_identifier) @ref)])

(import_spec path: (interpreted_string_literal) @import)
