(function_item name: (identifier) @name) @function
(function_signature_item name: (identifier) @name) @function
(struct_item name: (type_identifier) @name) @class
(union_item name: (type_identifier) @name) @class
(enum_item name: (type_identifier) @name) @type
(trait_item name: (type_identifier) @name) @type
(source_file (type_item name: (type_identifier) @name) @type)
(mod_item name: (identifier) @name body: (_)) @module
(macro_definition name: (identifier) @name) @function
(source_file (const_item name: (identifier) @name) @constant)
(source_file (static_item name: (identifier) @name) @constant)
(impl_item type: [(type_identifier) @name (generic_type type: (_) @name)
  (scoped_type_identifier name: (_) @name)]) @scope

(call_expression function: [(identifier) @ref (scoped_identifier name: (_) @ref)
  (field_expression field: (field_identifier) @ref)
  (generic_function function: [(identifier) @ref (scoped_identifier name: (_) @ref)
    (field_expression field: (field_identifier) @ref)])])
(macro_invocation macro: (identifier) @ref)
(impl_item trait: [(type_identifier) @ref (generic_type type: (type_identifier) @ref)
  (scoped_type_identifier name: (_) @ref)])
(struct_expression name: [(type_identifier) @ref (scoped_type_identifier name: (_) @ref)])
(parameter type: [(type_identifier) @ref (reference_type type: (type_identifier) @ref)])
(field_declaration type: [(type_identifier) @ref (reference_type type: (type_identifier) @ref)])
(generic_type type: (type_identifier) @ref)
(type_arguments (type_identifier) @ref)
(function_item return_type: (type_identifier) @ref)
(trait_bounds (type_identifier) @ref)
(scoped_identifier path: (identifier) @ref)

(use_declaration argument: (_) @use)
(mod_item name: (identifier) @mod !body)
