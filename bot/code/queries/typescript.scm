(function_signature name: (identifier) @name) @function
(class_declaration name: (type_identifier) @name) @class
(abstract_class_declaration name: (type_identifier) @name) @class
(interface_declaration name: (type_identifier) @name) @type
(enum_declaration name: (identifier) @name) @type
(type_alias_declaration name: (type_identifier) @name) @type
(internal_module name: (identifier) @name) @module
(method_signature name: (property_identifier) @name) @method
(abstract_method_signature name: (property_identifier) @name) @method
(public_field_definition name: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method

(extends_clause value: [(identifier) @ref (member_expression property: (_) @ref)])
(type_annotation (type_identifier) @ref)
(type_annotation (array_type (type_identifier) @ref))
(generic_type name: (type_identifier) @ref)
(type_arguments (type_identifier) @ref)
(union_type (type_identifier) @ref)
(implements_clause (type_identifier) @ref)
(extends_type_clause (type_identifier) @ref)
(as_expression (type_identifier) @ref)
(decorator [(identifier) @ref (call_expression function: (identifier) @ref)])
(import_require_clause source: (string) @import)
