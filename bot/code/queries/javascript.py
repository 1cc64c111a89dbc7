_SHARED = """
(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(method_definition name: [(property_identifier) (private_property_identifier)] @name) @method
(lexical_declaration (variable_declarator name: (identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function
(variable_declaration (variable_declarator name: (identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function
(lexical_declaration (variable_declarator name: (identifier) @name
  value: (class body: (_) @body))) @class
(pair key: (property_identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
(expression_statement (assignment_expression
  left: (member_expression object: [(identifier) (this)] @owner
    property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function
(expression_statement (assignment_expression
  left: (member_expression
    object: (member_expression object: (identifier) @owner property: (property_identifier))
    property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function
(expression_statement (assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: (class body: (_) @body))) @class
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (export_statement
  declaration: (lexical_declaration (variable_declarator name: (identifier) @name)) @constant))
(export_statement declaration: (_ name: (_) @name)) @whole
(export_statement declaration: (_ (variable_declarator name: (identifier) @name))) @whole

(call_expression function: [(identifier) @ref (member_expression property: (_) @ref)])
(new_expression constructor: [(identifier) @ref (member_expression property: (_) @ref)])

(import_statement source: (string) @import)
(export_statement source: (string) @import)
(call_expression function: (import) arguments: (arguments . (string) @import))
(call_expression function: (identifier) @via arguments: (arguments . (string) @import))
"""

JAVASCRIPT = f"""{_SHARED}
(class_declaration name: (identifier) @name) @class
(class_heritage [(identifier) @ref (member_expression property: (_) @ref)])
(field_definition property: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
(jsx_opening_element name: (identifier) @ref)
(jsx_self_closing_element name: (identifier) @ref)
"""

TYPESCRIPT = f"""{_SHARED}
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
"""

TSX = f"""{TYPESCRIPT}
(jsx_opening_element name: (identifier) @ref)
(jsx_self_closing_element name: (identifier) @ref)
"""
